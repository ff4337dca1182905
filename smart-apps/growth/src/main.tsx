/** A sample SMART app, opened from a chart (EHR launch): growth charts of one child. */

import FHIR from 'fhirclient';
import type Client from 'fhirclient/lib/Client';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import './growth.css';

const base = '/apps/growth/';

export type Opened =
  { kind: 'client'; client: Client } | { kind: 'alone' } | { kind: 'failed'; detail: string };

Object.assign(FHIR.oauth2.settings, { refreshTokenWithClientId: true });

/** Answers a launch, finishes the sign-in that came of it, or wakes up the one of this tab. */
async function arrive(): Promise<Opened> {
  const query = new URLSearchParams(location.search);
  const error = query.get('error_description') ?? query.get('error');
  if (error) return { kind: 'failed', detail: error };
  const [iss, launch] = [query.get('iss'), query.get('launch')];
  if (iss && launch) {
    // The tab may have begun as a copy of the one it was opened from.
    sessionStorage.clear();
    await FHIR.oauth2.authorize({
      clientId: 'growth',
      scope: 'launch openid fhirUser patient/Patient.rs patient/Observation.rs',
      redirectUri: `${location.origin}${base}`,
      iss,
      launch,
      pkceMode: 'required',
      completeInTarget: true,
    });
    return new Promise<Opened>(() => {});
  }
  if (!query.has('code') && !sessionStorage.getItem('SMART_KEY')) return { kind: 'alone' };
  try {
    const client = await FHIR.oauth2.ready();
    history.replaceState(null, '', base);
    return client.state.clientId === 'growth' ? { kind: 'client', client } : { kind: 'alone' };
  } catch (fault) {
    history.replaceState(null, '', base);
    return { kind: 'failed', detail: fault instanceof Error ? fault.message : String(fault) };
  }
}

const place = document.getElementById('growth');
if (place) {
  const root = createRoot(place);
  arrive().then(
    (opened) => root.render(<App opened={opened} />),
    (fault: unknown) => root.render(<App opened={{ kind: 'failed', detail: String(fault) }} />),
  );
}
