/** Whether the reader is told by mail when something is new, as the server answers it. */

import type { Resource } from '@kinchart/shared/fhir/types';

/** The answer of `$notice-settings`. */
export interface NoticeSettings extends Resource {
  parameter?: { name: string; valueBoolean?: boolean; valueCode?: string; valueUrl?: string }[];
}

export interface MailTrouble {
  what: string;
  /** Where it is mended. */
  page: string;
}

/** What keeps mail from the reader that they want; nothing where it arrives, or is not wanted. */
export function mailTrouble(settings: NoticeSettings): MailTrouble | undefined {
  const said = (name: string) => settings.parameter?.find((one) => one.name === name);
  const address = said('address')?.valueCode;
  const wanted = said('notify')?.valueBoolean === true;
  const page = said('settings')?.valueUrl ?? '/account/notices';
  if (address === 'bounced') {
    return { page, what: 'Mail to your e-mail address came back, so we write there no more.' };
  }
  if (address === 'shared') {
    return { page, what: 'Somebody who acts for you uses the e-mail address we had, so no mail goes there any more.' };
  }
  if (!wanted) return undefined;
  if (address === 'unproven') {
    return { page, what: 'Your e-mail address is not confirmed yet: follow the link we sent there.' };
  }
  if (address === 'none') {
    return { page, what: 'We have no e-mail address of yours to write to.' };
  }
  return undefined;
}
