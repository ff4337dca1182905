/** The portal's own sign-in: the shared launch under its own registration. */

import { launchAs } from '@kinchart/shared/session/launch';
import { base, clientId, scopes } from '../site';

launchAs({ base, clientId, scopes });

export * from '@kinchart/shared/session/launch';
