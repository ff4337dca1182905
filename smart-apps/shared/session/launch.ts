/** The SMART standalone launch: start it, finish it, and let go of it again. */

import FHIR from 'fhirclient';
import type Client from 'fhirclient/lib/Client';

const LIBRARY_KEY = 'SMART_KEY';
const LEFT_BEHIND = 'kinchart.left-behind';
const RETURN_TO = 'kinchart.return-to';

/** Pages of a signed-in person that the server renders itself. */
const ACCOUNT_HOME = '/account';
const SIGN_OUT = '/account/sign-out';

/** The app as it is registered. */
export interface Site {
  clientId: string;
  scopes: string;
  /** Where it is served, from slash to slash. */
  base: string;
}

let site: Site = { clientId: '', scopes: '', base: '/' };

/** Says which app this is, before anything else here is used. */
export function launchAs(app: Site): void {
  site = app;
}

// A public client names itself when it refreshes (RFC 6749 section 6).
Object.assign(FHIR.oauth2.settings, { refreshTokenWithClientId: true });

export type Arrival =
  | { kind: 'client'; client: Client }
  /** `asked`: the page before has asked already, so the launch may begin at once. */
  | { kind: 'nobody'; asked?: boolean }
  | { kind: 'refused'; reason: 'declined' | 'failed'; detail: string };

function redirectUri(): string {
  return `${location.origin}${site.base}`;
}

/**
 * Leaves for the sign-in pages of the server. An open chart is kept aside, so that someone who
 * turns back while choosing another person finds it again.
 */
export async function startLaunch(): Promise<void> {
  const key = readKey();
  const open = key && sessionStorage.getItem(key);
  if (key && open) sessionStorage.setItem(LEFT_BEHIND, JSON.stringify({ key, open }));
  sessionStorage.setItem(RETURN_TO, location.hash);
  history.replaceState(null, '', `${site.base}${location.hash}`);
  await FHIR.oauth2.authorize({
    iss: `${location.origin}/fhir`,
    clientId: site.clientId,
    scope: site.scopes,
    redirectUri: redirectUri(),
    pkceMode: 'required',
    completeInTarget: true,
  });
}

/** Finishes a launch that has just come back, or wakes up the one of this tab. */
export async function arrive(): Promise<Arrival> {
  const query = new URLSearchParams(location.search);
  const error = query.get('error');
  if (error) {
    const detail = query.get('error_description') ?? error;
    cleanAddress();
    const kept = restoreLeftBehind();
    if (kept) return arrive();
    return { kind: 'refused', reason: error === 'access_denied' ? 'declined' : 'failed', detail };
  }
  const returning = query.has('code');
  const issuer = query.get('iss');
  if (returning && issuer !== null && originOf(issuer) !== location.origin) {
    // Someone else's answer (RFC 9207): its code must not be redeemed here.
    cleanAddress();
    return { kind: 'refused', reason: 'failed', detail: 'The answer came from another server.' };
  }
  if (!returning && !readKey()) return { kind: 'nobody', asked: query.has('open') };
  keepOnly(query, ['code', 'state']);
  try {
    const client = await FHIR.oauth2.ready();
    cleanAddress();
    // Apps of one server share this tab's storage: another app's sign-in is none of ours.
    const ours = client.state.clientId === site.clientId;
    if (!ours || !client.getState('tokenResponse.access_token')) {
      if (restoreLeftBehind()) return await arrive();
      clearSession();
      return { kind: 'nobody' };
    }
    const before = takeLeftBehind();
    if (returning && before) await revoke(before);
    return { kind: 'client', client };
  } catch (fault) {
    cleanAddress();
    if (!returning) {
      clearSession();
      return { kind: 'nobody' };
    }
    if (restoreLeftBehind()) return arrive();
    clearSession();
    return {
      kind: 'refused',
      reason: 'failed',
      detail: fault instanceof Error ? fault.message : String(fault),
    };
  }
}

/** Signs this app out: its tokens end at the server and leave this tab. */
export async function endSession(client: Client): Promise<void> {
  await Promise.all([revoke(client.state as KeptState), leaveAccountPages()]);
  clearSession();
}

/**
 * The server's own sign-in outlives the app's tokens, so that switching charts needs no password. On
 * signing out it ends too, by the form that every account page carries.
 */
async function leaveAccountPages(): Promise<void> {
  try {
    const answer = await fetch(ACCOUNT_HOME, { headers: { accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const form = page.querySelector<HTMLFormElement>(`form[action="${SIGN_OUT}"]`);
    if (!form) return;
    const fields = [...form.querySelectorAll('input')].map((input) => [input.name, input.value]);
    const body = new URLSearchParams(fields);
    await fetch(SIGN_OUT, { method: 'POST', body, redirect: 'manual' });
  } catch {
    // Offline: the session still expires by itself.
  }
}

export function clearSession(): void {
  const key = readKey();
  if (key) sessionStorage.removeItem(key);
  sessionStorage.removeItem(LIBRARY_KEY);
  sessionStorage.removeItem(LEFT_BEHIND);
}

/**
 * The library remembers the address it first saw and takes `iss`, `patientId` and more from it, so
 * it only ever gets to see what a launch needs.
 */
function keepOnly(query: URLSearchParams, names: string[]): void {
  const kept = new URLSearchParams();
  for (const name of names) {
    const value = query.get(name);
    if (value !== null) kept.set(name, value);
  }
  const search = kept.size > 0 ? `?${kept.toString()}` : '';
  history.replaceState(null, '', `${site.base}${search}${location.hash}`);
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

/** Puts back the page that was open before the sign-in, and drops what the launch left in the address. */
function cleanAddress(): void {
  const hash = sessionStorage.getItem(RETURN_TO) ?? location.hash;
  sessionStorage.removeItem(RETURN_TO);
  history.replaceState(null, '', `${site.base}${hash}`);
}

interface KeptState {
  serverUrl: string;
  clientId?: string;
  tokenResponse?: { refresh_token?: string; access_token?: string };
}

function readKey(): string | undefined {
  try {
    return (
      (JSON.parse(sessionStorage.getItem(LIBRARY_KEY) ?? 'null') as string | null) ?? undefined
    );
  } catch {
    return undefined;
  }
}

function restoreLeftBehind(): boolean {
  const kept = sessionStorage.getItem(LEFT_BEHIND);
  if (!kept) return false;
  const { key, open } = JSON.parse(kept) as { key: string; open: string };
  clearSession();
  sessionStorage.setItem(key, open);
  sessionStorage.setItem(LIBRARY_KEY, JSON.stringify(key));
  return true;
}

function takeLeftBehind(): KeptState | undefined {
  const kept = sessionStorage.getItem(LEFT_BEHIND);
  sessionStorage.removeItem(LEFT_BEHIND);
  if (!kept) return undefined;
  return JSON.parse((JSON.parse(kept) as { open: string }).open) as KeptState;
}

/** Best effort (RFC 7009): a token that cannot be revoked now still expires by itself. */
async function revoke(state: KeptState): Promise<void> {
  const token = state.tokenResponse?.refresh_token ?? state.tokenResponse?.access_token;
  if (!token) return;
  try {
    const configuration = await fetch(`${state.serverUrl}/.well-known/smart-configuration`, {
      headers: { accept: 'application/json' },
    });
    const { revocation_endpoint } = (await configuration.json()) as {
      revocation_endpoint?: string;
    };
    if (!revocation_endpoint) return;
    await fetch(revocation_endpoint, {
      method: 'POST',
      body: new URLSearchParams({ token, client_id: site.clientId }),
    });
  } catch {
    // Offline: the reader is leaving anyway.
  }
}
