/** The portal: from sign-in to an open chart, and to whichever page was asked for. */

import { useCallback, useEffect, useRef, useState, type ReactElement } from 'react';
import { Fault } from '@kinchart/shared/fhir/fault';
import { AboutPage, FamilyPage } from './pages/about';
import { AppointmentsPage } from './pages/appointments';
import { AskPage } from './pages/ask';
import { BillPage, BillsPage } from './pages/bills';
import { AllergiesPage, ImmunizationsPage, MedicationsPage, ProblemsPage } from './pages/health';
import { MessagesPage, ThreadPage } from './pages/messages';
import { OverviewPage } from './pages/overview';
import { ReportPage, TestPage } from './pages/result_detail';
import { ResultsPage } from './pages/results';
import { DocumentPage, VisitNotesPage, VisitsPage } from './pages/visits';
import { Brand, Welcome, type WelcomeReason } from './pages/welcome';
import { ChartProvider } from './parts/chart_context';
import { Page } from './parts/page';
import { href, useRoute, type Route } from './route';
import { clearSession, startLaunch, type Arrival } from './session/launch';
import { Session } from './session/session';
import type { Viewer } from './session/viewer';
import { Shell, waysFor } from './shell';

type Stage =
  | { at: 'opening' }
  | { at: 'welcome'; reason: WelcomeReason; detail?: string }
  | { at: 'open'; session: Session; viewer: Viewer };

export function App({ arrival }: { arrival: Arrival }): ReactElement {
  const route = useRoute();
  const [stage, setStage] = useState<Stage>({ at: 'opening' });
  const [session] = useState(() =>
    arrival.kind === 'client' ? new Session(arrival.client) : undefined,
  );
  const asked = useRef<string>('');

  const lost = useCallback(() => {
    clearSession();
    setStage({ at: 'welcome', reason: 'expired' });
  }, []);

  const look = useCallback(async () => {
    if (!session) return;
    try {
      const viewer = await session.viewer();
      if (viewer.reach !== 'full') session.record.forget();
      setStage((now) =>
        now.at === 'welcome' && now.reason !== 'offline' ? now : { at: 'open', session, viewer },
      );
    } catch (problem) {
      const kind = problem instanceof Fault ? problem.kind : 'unexpected';
      if (kind === 'signed-out') return lost();
      if (kind === 'not-found' || kind === 'not-permitted') {
        session.record.forget();
        return setStage({ at: 'welcome', reason: 'ended' });
      }
      // An open chart stays as it is while the line is down; its pages say so themselves.
      setStage((now) => (now.at === 'open' ? now : { at: 'welcome', reason: 'offline' }));
    }
  }, [session, lost]);

  // Access can change between two pages: each page begins by asking whose chart this still is.
  useEffect(() => {
    if (arrival.kind === 'nobody') {
      if (!arrival.asked) setStage({ at: 'welcome', reason: 'new' });
      else startLaunch().catch(() => setStage({ at: 'welcome', reason: 'offline' }));
    } else if (arrival.kind === 'refused')
      setStage({
        at: 'welcome',
        reason: arrival.reason,
        ...(arrival.reason === 'failed' ? { detail: arrival.detail } : {}),
      });
    else if (asked.current !== route.page) {
      asked.current = route.page;
      void look();
    }
  }, [arrival, look, route.page]);

  if (stage.at === 'opening') return <Opening />;
  if (stage.at === 'welcome') {
    return (
      <Welcome
        reason={stage.reason}
        {...(stage.detail ? { detail: stage.detail } : {})}
        signIn={startLaunch}
        {...(stage.reason === 'offline' ? { retry: () => void look() } : {})}
      />
    );
  }
  const shown = routeFor(route, stage.viewer);
  const signOut = () => {
    void stage.session.end().then(() => {
      history.replaceState(null, '', location.pathname);
      setStage({ at: 'welcome', reason: 'signed-out' });
    });
  };
  const switchChart = () => {
    location.hash = href('overview');
    startLaunch().catch(() => setStage({ at: 'welcome', reason: 'offline' }));
  };
  return (
    <ChartProvider
      value={{ session: stage.session, viewer: stage.viewer, switchChart, signOut, lost }}
    >
      <Shell route={shown}>
        <CurrentPage route={shown} />
      </Shell>
    </ChartProvider>
  );
}

/** Where only demographics show, every other place leads to them. */
function routeFor(route: Route, viewer: Viewer): Route {
  const allowed = waysFor(viewer).some((way) => way.page === route.page);
  return allowed || viewer.reach === 'full' ? route : { page: 'about', rest: [] };
}

function Opening(): ReactElement {
  return (
    <div className="welcome" role="status">
      <div className="welcome-card welcome-opening">
        <Brand />
        <p>Opening the chart…</p>
      </div>
    </div>
  );
}

function CurrentPage({ route }: { route: Route }): ReactElement {
  const [first, second, third] = route.rest;
  switch (route.page) {
    case 'overview':
      return <OverviewPage />;
    case 'results':
      if (first === 'report' && second) return <ReportPage id={second} />;
      if (first === 'test' && second) return <TestPage code={second} />;
      return <ResultsPage />;
    case 'medications':
      return <MedicationsPage />;
    case 'immunizations':
      return <ImmunizationsPage />;
    case 'allergies':
      return <AllergiesPage />;
    case 'problems':
      return <ProblemsPage />;
    case 'visits':
      if (first === 'document' && second) return <DocumentPage id={second} />;
      if (first === 'notes' && second) return <VisitNotesPage id={second} />;
      return <VisitsPage />;
    case 'appointments':
      return <AppointmentsPage />;
    case 'messages':
      if (first === 'ask') return <AskPage {...asking(second, third)} />;
      return first ? <ThreadPage key={first} id={first} sent={second === 'sent'} /> : <MessagesPage />;
    case 'bills':
      return first ? <BillPage id={first} /> : <BillsPage />;
    case 'about':
      return <AboutPage />;
    case 'family':
      return <FamilyPage />;
    default:
      return <NoSuchPage />;
  }
}

function asking(category?: string, topic?: string): { category?: string; topic?: string } {
  return { ...(category ? { category } : {}), ...(topic ? { topic } : {}) };
}

function NoSuchPage(): ReactElement {
  return (
    <Page title="There is no such page" back={{ href: href('overview'), label: 'Overview' }}>
      <p>The link may be old. The menu has every page.</p>
    </Page>
  );
}
