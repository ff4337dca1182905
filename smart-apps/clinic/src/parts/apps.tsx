/** Apps that can be opened from a chart, in the context of the patient and maybe a visit. */

import { useState, type ReactElement } from 'react';
import { newestFirst, showDate } from '@kinchart/shared/fhir/dates';
import { visitTitle } from '@kinchart/shared/views/visits';
import type { Encounter } from '@kinchart/shared/fhir/types';
import { encountersOf } from '../views/load';
import type { LaunchableApp, Workspace } from '../session/workspace';
import { Loaded, useWork } from './work';

/** Opens a new tab at once, as browsers want it, and leads it to the app when its handle is there. */
export async function openApp(
  workspace: Workspace,
  app: LaunchableApp,
  patient: string,
  encounter: string | undefined,
): Promise<void> {
  const tab = window.open('', '_blank');
  try {
    const url = await workspace.launch(app.client, patient, encounter);
    if (!tab) throw new Error('The browser did not allow a new tab.');
    tab.opener = null;
    tab.location.replace(url);
  } catch (problem) {
    tab?.close();
    throw problem;
  }
}

/** Visits shown as a context, at most. */
const VISITS_MAX = 12;

async function load(workspace: Workspace, patient: string) {
  const [apps, visits] = await Promise.all([
    workspace.apps(),
    // A role without visits may still open apps for the patient.
    encountersOf(workspace.record, patient).catch((): Encounter[] => []),
  ]);
  return { apps, visits: newestFirst(visits, (v) => v.period?.start).slice(0, VISITS_MAX) };
}

export function Apps(props: { patient: string }): ReactElement {
  const { workspace } = useWork();
  const [visit, setVisit] = useState('');
  const [opening, setOpening] = useState('');
  const [fault, setFault] = useState('');
  const open = (app: LaunchableApp) => {
    setFault('');
    setOpening(app.client);
    openApp(workspace, app, props.patient, visit || undefined)
      .catch((problem: unknown) =>
        setFault(problem instanceof Error ? problem.message : 'The app could not be opened.'),
      )
      .finally(() => setOpening(''));
  };
  return (
    <Loaded load={(work) => load(work, props.patient)} keys={[props.patient]} what="apps">
      {({ apps, visits }) =>
        apps.length === 0 ? (
          <p className="quiet">No app is registered for opening from a chart.</p>
        ) : (
          <>
            {visits.length > 0 && (
              <p className="field">
                <label htmlFor="visit">In the context of</label>
                <select id="visit" value={visit} onChange={(e) => setVisit(e.target.value)}>
                  <option value="">the patient only</option>
                  {visits.map((one) => (
                    <option key={one.id} value={one.id}>
                      {showDate(one.period?.start, 'medium')}: {visitTitle(one)}
                    </option>
                  ))}
                </select>
              </p>
            )}
            <ul className="apps">
              {apps.map((app) => (
                <li key={app.client}>
                  <button
                    type="button"
                    className="app"
                    disabled={opening !== ''}
                    onClick={() => open(app)}
                  >
                    <span className="app-mark" aria-hidden="true">
                      {app.name.charAt(0)}
                    </span>
                    <span>
                      {app.name}
                      <span className="visually-hidden"> (opens in a new tab)</span>
                      <span className="app-host">{hostOf(app.url)}</span>
                    </span>
                  </button>
                </li>
              ))}
            </ul>
            {fault && (
              <p className="trouble" role="alert">
                {fault}
              </p>
            )}
          </>
        )
      }
    </Loaded>
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
