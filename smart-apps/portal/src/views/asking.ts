/** What a message can be about, who answers it, and the message itself. */

import { localReference } from '@kinchart/shared/fhir/words';
import type { Communication, Coding, Reference } from '@kinchart/shared/fhir/types';
import type { Service } from './handling';

const BASE = 'https://kinchart.org/fhir/CodeSystem';
export const CATEGORY = `${BASE}/message-category`;
const TOPIC = `${BASE}/message-topic`;

/** Characters of a message and of what it is about, at most. */
export const TEXT_MAX = 4000;
export const SUBJECT_MAX = 80;

export interface Choice {
  code: string;
  label: string;
  hint: string;
}

export const CUSTOMER_SERVICE = 'customer-service-question';
export const DEACTIVATION = 'account-deactivation-request';

export const CATEGORIES: readonly Choice[] = [
  {
    code: 'medical-question',
    label: 'Medical question',
    hint: 'A symptom, a condition, something you were told at a visit',
  },
  {
    code: 'test-result-question',
    label: 'Question about a test result',
    hint: 'What a result means, or when one will be here',
  },
  {
    code: 'prescription-question',
    label: 'Prescription question',
    hint: 'How to take a medicine, a refill, a side effect',
  },
  {
    code: 'appointment-question',
    label: 'Appointment question',
    hint: 'Making or changing a visit, how to prepare',
  },
  {
    code: 'billing-question',
    label: 'Billing question',
    hint: 'A statement, a payment, your insurance',
  },
  {
    code: 'amendment-request',
    label: 'Request to correct the record',
    hint: 'Something in the record is wrong or missing',
  },
  {
    code: CUSTOMER_SERVICE,
    label: 'Customer service question',
    hint: 'Signing in, access for family, closing your account',
  },
];

export const TOPICS: readonly Choice[] = [
  {
    code: 'login-help',
    label: 'Help with signing in',
    hint: 'Passwords, codes, the app on your phone',
  },
  {
    code: 'proxy-help',
    label: 'Help with access for family',
    hint: 'Acting for somebody, or letting somebody in',
  },
  {
    code: DEACTIVATION,
    label: 'Account deactivation request',
    hint: 'Close the account you sign in with',
  },
  { code: 'other', label: 'Something else', hint: 'Anything else about these pages' },
];

/** The groups that answer a kind of message, by what they say of themselves. */
export function poolsFor(services: readonly Service[], category: string): Service[] {
  return services.filter(
    (service) =>
      service.active !== false &&
      (service.characteristic ?? []).some((concept) =>
        (concept.coding ?? []).some((one) => one.system === CATEGORY && one.code === category),
      ),
  );
}

/** The group chosen at first: the one the patient's own doctor belongs to, or the only one there is. */
export function usualPool(pools: readonly Service[], own: readonly Reference[]): string {
  const named = own.map(localReference);
  const found = pools.find((pool) => named.includes(`HealthcareService/${pool.id ?? ''}`));
  const only = pools.length === 1 ? pools[0] : undefined;
  return (found ?? only)?.id ?? '';
}

/** Where to call instead of writing. */
export function phoneOf(service: Service | undefined): string | undefined {
  return service?.telecom?.find((one) => one.system === 'phone')?.value;
}

export interface Draft {
  patientId: string;
  category: string;
  topic: string | undefined;
  subject: string;
  text: string;
  /** HealthcareService id; empty: the server finds who answers. */
  pool: string;
}

/** What is wrong with a draft, by field. */
export interface Faults {
  subject?: string;
  text?: string;
  calm?: string;
}

/** `needsSubject`: where nothing else says what it is about. */
export function faultsOf(
  draft: { subject: string; text: string },
  calm: boolean,
  needsSubject: boolean,
): Faults {
  return {
    ...(needsSubject && !draft.subject.trim() ? { subject: 'Say in a few words what it is about.' } : {}),
    ...(!draft.text.trim() ? { text: 'Write your message.' } : {}),
    ...(!calm ? { calm: 'Check this box first: messages are not for emergencies.' } : {}),
  };
}

/** A new message. Who sends it, and when, the server says. */
export function messageOf(draft: Draft): Communication {
  const topic = TOPICS.find((one) => one.code === draft.topic);
  const subject = draft.subject.trim();
  return {
    resourceType: 'Communication',
    status: 'completed',
    category: [{ coding: [codingOf(CATEGORIES, CATEGORY, draft.category)] }],
    ...(topic
      ? { topic: { coding: [codingOf(TOPICS, TOPIC, topic.code)], text: topic.label } }
      : subject
        ? { topic: { text: subject } }
        : {}),
    subject: { reference: `Patient/${draft.patientId}` },
    ...(draft.pool ? { recipient: [{ reference: `HealthcareService/${draft.pool}` }] } : {}),
    payload: [{ contentString: draft.text.trim() }],
  };
}

function codingOf(choices: readonly Choice[], system: string, code: string): Coding {
  const display = choices.find((one) => one.code === code)?.label;
  return { system, code, ...(display ? { display } : {}) };
}

/** The next message of a conversation: to whoever wrote last for the practice, and to the group that has it. */
export function replyTo(
  thread: { id: string; messages: Communication[] },
  patientId: string,
  text: string,
): Communication {
  const fromStaff = thread.messages.filter((one) =>
    localReference(one.sender)?.startsWith('Practitioner'),
  );
  const answered = fromStaff[fromStaff.length - 1] ?? thread.messages[thread.messages.length - 1];
  const head = thread.messages.find((one) => one.category !== undefined);
  const to = fromStaff[fromStaff.length - 1]?.sender?.reference;
  return {
    resourceType: 'Communication',
    status: 'completed',
    ...(head?.category ? { category: head.category } : {}),
    subject: { reference: `Patient/${patientId}` },
    ...(to ? { recipient: [{ reference: to }] } : {}),
    partOf: [{ reference: `Communication/${thread.id}` }],
    inResponseTo: [{ reference: `Communication/${answered?.id ?? thread.id}` }],
    payload: [{ contentString: text.trim() }],
  };
}
