/** Who has a conversation at the practice, and by when an answer is due. */

import { instant } from '@kinchart/shared/fhir/dates';
import { localReference } from '@kinchart/shared/fhir/words';
import type {
  CodeableConcept,
  Communication,
  ContactPoint,
  Extension,
  Reference,
  Resource,
} from '@kinchart/shared/fhir/types';

/** The practice's piece of work for a conversation. */
export interface Task extends Resource {
  resourceType: 'Task';
  status?: string;
  code?: CodeableConcept;
  focus?: Reference;
  owner?: Reference;
  businessStatus?: CodeableConcept;
  restriction?: { period?: { end?: string } };
}

/** A group of the practice that answers messages. */
export interface Service extends Resource {
  resourceType: 'HealthcareService';
  name?: string;
  active?: boolean;
  characteristic?: CodeableConcept[];
  telecom?: ContactPoint[];
  notAvailable?: { description?: string; during?: { start?: string; end?: string } }[];
}

export interface Handling {
  /** `HealthcareService/…` where it is routed to. */
  pool: Reference | undefined;
  state: 'due' | 'late' | 'waits-for-you' | 'closed';
  due: string | undefined;
}

const POOL = 'https://kinchart.org/fhir/StructureDefinition/pool';

/** How a conversation stands, by the newest piece of work about one of its messages. */
export function handlingOf(
  messages: Communication[],
  tasks: Task[],
  now: number,
): Handling | undefined {
  const ids = new Set(messages.map((message) => `Communication/${message.id ?? ''}`));
  const about = tasks.filter((task) => ids.has(localReference(task.focus) ?? ''));
  const open = about.find((task) => !isOver(task)) ?? about[0];
  if (!open) return undefined;
  const due = open.restriction?.period?.end;
  return { pool: poolOf(open), state: stateOf(open, due, now), due };
}

function isOver(task: Task): boolean {
  return ['completed', 'rejected', 'cancelled', 'failed'].includes(task.status ?? '');
}

function stateOf(task: Task, due: string | undefined, now: number): Handling['state'] {
  if (isOver(task)) return 'closed';
  const standing = task.businessStatus?.coding?.[0]?.code;
  if (standing === 'waiting-for-information') return 'waits-for-you';
  return due !== undefined && instant(due) <= now ? 'late' : 'due';
}

function poolOf(task: Task): Reference | undefined {
  const kept = (task.extension as Extension[] | undefined)?.find((one) => one.url === POOL);
  const routed = localReference(task.owner)?.startsWith('HealthcareService/');
  return kept?.valueReference ?? (routed ? task.owner : undefined);
}

/** What a group says of itself while it is away. */
export function awayWords(service: Service | undefined, now: number): string | undefined {
  const away = service?.notAvailable?.find(({ during }) => {
    const start = instant(during?.start);
    const end = during?.end ? instant(during.end) + (during.end.includes('T') ? 0 : 86_400_000) : NaN;
    return (Number.isNaN(start) || start <= now) && (Number.isNaN(end) || now < end);
  });
  return away?.description;
}
