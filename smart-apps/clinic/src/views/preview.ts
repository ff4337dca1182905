/** What `$preview-release` tells, in words. */

import type { Parameter } from '../session/workspace';

export interface Item {
  reference: string;
  visible: boolean;
  reason: string;
  leak: string;
}

/** Kinds nobody thinks of as a thing of its own: they go with what they belong to. */
const ALONG = ['Provenance', 'Binary', 'AuditEvent'];

/** The visit first, then by kind. */
export function itemsOf(parameters: Parameter[]): { items: Item[]; notice: boolean } {
  const items = parameters
    .filter((one) => one.name === 'item')
    .map((one): Item => {
      const part = (name: string) => one.part?.find((it) => it.name === name);
      return {
        reference: part('reference')?.valueReference?.reference ?? '',
        visible: part('visible')?.valueBoolean ?? false,
        reason: part('reason')?.valueCode ?? '',
        leak: part('leak')?.valueString ?? '',
      };
    });
  const kind = (item: Item) => item.reference.split('/')[0] ?? '';
  const shown = items
    .filter((item) => item.leak || !ALONG.includes(kind(item)))
    .sort((a, b) => rank(kind(a)).localeCompare(rank(kind(b))));
  const notice = parameters.find((one) => one.name === 'notice')?.valueBoolean ?? false;
  return { items: shown, notice };
}

function rank(type: string): string {
  return type === 'Encounter' ? '' : kindWords(`${type}/`);
}

const KINDS: { [type: string]: string } = {
  Encounter: 'The visit',
  Observation: 'A result',
  DiagnosticReport: 'A report',
  DocumentReference: 'A note or document',
  Condition: 'A problem',
  Procedure: 'A procedure',
  MedicationRequest: 'A prescription',
  ServiceRequest: 'An order',
  Invoice: 'A bill',
  ChargeItem: 'A charge',
  Claim: 'A claim',
  ExplanationOfBenefit: 'A statement of the insurer',
  Communication: 'A message',
  Appointment: 'An appointment',
  Immunization: 'A vaccine',
  Task: 'A piece of work',
};

/** `Observation/17` → `A result`. */
export function kindWords(reference: string): string {
  const type = reference.split('/')[0] ?? '';
  return KINDS[type] ?? type;
}

const REASONS: { [code: string]: string } = {
  PERMIT_PROXY_FULL: 'by the child’s age',
  PERMIT_PROXY_LEVEL: 'by the child’s age',
  DENY_PROXY_LEVEL_AGE: 'by the child’s age',
  DENY_PROXY_LEVEL: 'not part of a parent’s access',
  DENY_MINOR_CONSENTED: 'care the minor consented to alone',
  DENY_LABEL: 'more closely protected',
  DENY_RELEASE_HOLD: 'held back for now',
  DENY_PROXY_AGED_OUT_18: 'the patient is of age',
  DENY_PROXY_NONE: 'nobody acts for the patient',
};

export function reasonWords(code: string): string {
  return REASONS[code] ?? '';
}
