/** What the workspace knows about the organization it serves, and how it is registered. */

export const clientId = 'clinic';

export const scopes = 'openid fhirUser online_access user/*.cruds';

export const base = '/apps/clinic/';

/** Days and ages are those of this zone, wherever the reader is. */
export const organizationZone = 'America/New_York';

export const accessLog = '/account/access-log';
