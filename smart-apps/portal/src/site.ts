/** What the portal knows about the organization it serves: its clock, its ages, its promises. */

/** Ages turn at the first instant of the birthday in this zone, wherever the reader is. */
export const organizationZone = 'America/New_York';

/** From this birthday on, a parent sees demographics only. */
export const teenAge = 13;

/** From this birthday on, a parent sees nothing without the new adult's own consent. */
export const adultAge = 18;

export const clientId = 'portal';

export const scopes =
  'launch/patient openid fhirUser offline_access patient/*.rs patient/Communication.cu';

export const base = '/apps/portal/';

/** Pages the server renders itself. */
export const account = {
  home: '/account',
  signOut: '/account/sign-out',
  family: '/account/family',
  privacy: '/account/privacy',
  accessLog: '/account/access-log',
  apps: '/account/apps',
  close: '/account/close',
  help: '/account/help',
} as const;
