/** The workspace: from sign-in to a patient's chart. */

import { useCallback, useEffect, useState, type ReactElement } from 'react';
import { clearSession, startLaunch, type Arrival } from '@kinchart/shared/session/launch';
import { Brand } from './parts/brand';
import { WorkProvider } from './parts/work';
import { FindPage } from './pages/find';
import { PatientPage } from './pages/patient';
import { TaskPage } from './pages/task';
import { Welcome, type WelcomeReason } from './pages/welcome';
import { WorkPage } from './pages/work';
import { useRoute, workHref } from './route';
import { Workspace } from './session/workspace';
import { accessLog } from './site';

type Stage = { at: 'welcome'; reason: WelcomeReason; detail?: string } | { at: 'work' };

function stageOf(arrival: Arrival): Stage {
  if (arrival.kind === 'client') return { at: 'work' };
  if (arrival.kind === 'nobody') return { at: 'welcome', reason: 'new' };
  return arrival.reason === 'failed'
    ? { at: 'welcome', reason: 'failed', detail: arrival.detail }
    : { at: 'welcome', reason: 'declined' };
}

export function App({ arrival }: { arrival: Arrival }): ReactElement {
  const [stage, setStage] = useState<Stage>(() => stageOf(arrival));
  const [workspace] = useState(() =>
    arrival.kind === 'client' ? new Workspace(arrival.client) : undefined,
  );
  const lost = useCallback(() => {
    clearSession();
    setStage({ at: 'welcome', reason: 'expired' });
  }, []);
  if (stage.at === 'welcome' || !workspace) {
    const { reason, detail } = stage.at === 'welcome' ? stage : { reason: 'new' as const };
    return (
      <Welcome reason={reason} signIn={startLaunch} {...(detail === undefined ? {} : { detail })} />
    );
  }
  // Only staff have a Practitioner behind them; for anybody else there is the portal.
  if (!workspace.me?.startsWith('Practitioner/')) {
    return <Welcome reason="not-staff" signIn={startLaunch} />;
  }
  const signOut = () => {
    void workspace.end().then(() => {
      history.replaceState(null, '', location.pathname);
      setStage({ at: 'welcome', reason: 'signed-out' });
    });
  };
  return (
    <WorkProvider value={{ workspace, lost }}>
      <Frame signOut={signOut} />
    </WorkProvider>
  );
}

function Frame({ signOut }: { signOut: () => void }): ReactElement {
  const route = useRoute();
  const place = 'id' in route ? route.id : route.page;
  useEffect(() => {
    document.getElementById('main')?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [place]);
  return (
    <div className="frame">
      <button
        type="button"
        className="skip"
        onClick={() => document.getElementById('main')?.focus()}
      >
        Skip to the page
      </button>
      <header className="top">
        <a className="brand-link" href="#/">
          <Brand />
        </a>
        <nav aria-label="Workspace">
          <a href="#/" aria-current={route.page === 'find' ? 'page' : undefined}>
            Find a patient
          </a>
          <a
            href={workHref()}
            aria-current={route.page === 'work' || route.page === 'task' ? 'page' : undefined}
          >
            Work
          </a>
        </nav>
        <button type="button" className="button button-quiet" onClick={signOut}>
          Sign out
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        {route.page === 'find' && <FindPage />}
        {route.page === 'patient' && <PatientPage key={route.id} id={route.id} />}
        {route.page === 'work' && <WorkPage queue={route.queue} />}
        {route.page === 'task' && <TaskPage key={route.id} id={route.id} />}
        {route.page === 'lost' && (
          <div className="page">
            <h1>There is no such page</h1>
            <p>
              <a href="#/">Find a patient</a>
            </p>
          </div>
        )}
      </main>
      <footer className="foot">
        Every look into a chart is recorded. Patients see it in their{' '}
        <a href={accessLog}>access log</a>.
      </footer>
    </div>
  );
}
