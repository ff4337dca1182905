/** Messages in their conversations. */

import { instant } from '@kinchart/shared/fhir/dates';
import { conceptText, localReference, sentenceCase } from '@kinchart/shared/fhir/words';
import type { Communication } from '@kinchart/shared/fhir/types';

export interface Thread {
  id: string;
  subject: string;
  messages: Communication[];
  unread: number;
  last: Communication;
}

/** Conversations, the most recently active first; within each the oldest message first. */
export function threadsOf(messages: Communication[], patientId: string): Thread[] {
  const sent = messages.filter(
    (m) => m.status !== 'entered-in-error' && m.status !== 'preparation',
  );
  const byId = new Map(sent.map((m) => [m.id ?? '', m]));
  const groups = new Map<string, Communication[]>();
  for (const message of sent) {
    const head = headOf(message, byId);
    groups.set(head, [...(groups.get(head) ?? []), message]);
  }
  const threads = [...groups].flatMap(([id, members]) => {
    const ordered = members.sort((a, b) => time(a) - time(b));
    const last = ordered[ordered.length - 1];
    if (!last) return [];
    const unread = ordered.filter((m) => isUnread(m, patientId)).length;
    return [{ id, subject: subjectOf(ordered), messages: ordered, unread, last }];
  });
  return threads.sort((a, b) => time(b.last) - time(a.last));
}

/** The first message of the conversation, even when it cannot be read itself. */
function headOf(message: Communication, byId: Map<string, Communication>): string {
  let at = message;
  for (let steps = 0; steps < 50; steps += 1) {
    const up = localReference(
      at.partOf?.find((r) => localReference(r)?.startsWith('Communication/')) ??
        at.inResponseTo?.[0],
    )?.split('/')[1];
    if (!up || up === at.id) break;
    const parent = byId.get(up);
    if (!parent) return up;
    at = parent;
  }
  return at.id ?? '';
}

/** Came from the practice and nobody has opened it. */
export function isUnread(message: Communication, patientId: string): boolean {
  return (
    message.received === undefined &&
    message.status === 'completed' &&
    !isFromFamily(message, patientId)
  );
}

export function isFromFamily(message: Communication, patientId: string): boolean {
  const sender = localReference(message.sender);
  return sender === `Patient/${patientId}` || (sender?.startsWith('RelatedPerson/') ?? false);
}

const CATEGORIES: { [code: string]: string } = {
  'medical-question': 'Medical question',
  'test-result-question': 'Question about a test result',
  'prescription-question': 'Prescription question',
  'appointment-question': 'Appointment question',
  'billing-question': 'Billing question',
  'customer-service-question': 'Customer service question',
  'amendment-request': 'Request to correct the record',
  notification: 'Notice',
};

function subjectOf(ordered: Communication[]): string {
  for (const message of ordered) {
    const topic = conceptText(message.topic);
    if (topic) return sentenceCase(topic);
  }
  for (const message of ordered) {
    const code = message.category
      ?.flatMap((c) => c.coding ?? [])
      .find((c) => c.code && CATEGORIES[c.code])?.code;
    const words = code ? CATEGORIES[code] : conceptText(message.category?.[0]);
    if (words) return words;
  }
  return 'Message';
}

export function bodyOf(message: Communication): string {
  return (message.payload ?? [])
    .flatMap((part) => part.contentString ?? part.contentAttachment?.title ?? [])
    .join('\n\n');
}

function time(message: Communication): number {
  const at = instant(message.sent ?? message.meta?.lastUpdated);
  return Number.isNaN(at) ? 0 : at;
}
