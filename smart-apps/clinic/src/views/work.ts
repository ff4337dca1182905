/** Work of the staff as a list shows it: what it is, when it is due, who has it, how far it has come. */

import { instant, showTime } from '@kinchart/shared/fhir/dates';
import { conceptText, fullName, localReference } from '@kinchart/shared/fhir/words';
import type {
  Annotation,
  CodeableConcept,
  Extension,
  Patient,
  Reference,
  Resource,
} from '@kinchart/shared/fhir/types';

export interface TaskInput {
  type?: CodeableConcept;
  valueString?: string;
  valueCode?: string;
  valueBoolean?: boolean;
  valueDate?: string;
  valueReference?: Reference;
}

export interface Task extends Resource {
  resourceType: 'Task';
  status?: string;
  priority?: string;
  businessStatus?: CodeableConcept;
  statusReason?: CodeableConcept;
  code?: CodeableConcept;
  description?: string;
  focus?: Reference;
  for?: Reference;
  requester?: Reference;
  owner?: Reference;
  authoredOn?: string;
  lastModified?: string;
  restriction?: { period?: { end?: string } };
  input?: TaskInput[];
  output?: TaskInput[];
  note?: Annotation[];
}

/** A queue of one's own, as `$work-queues` tells it. */
export interface Queue {
  code: string;
  title: string;
  clock: 'office' | 'law' | 'person';
  decidedBy?: string;
  colleagues: Reference[];
}

const BASE = 'https://kinchart.org/fhir';
const TASK_CODE = `${BASE}/CodeSystem/task-code`;
const PAUSED = `${BASE}/StructureDefinition/paused-since`;
const POOL = `${BASE}/StructureDefinition/pool`;
export const OPEN = 'requested,received,accepted,ready,in-progress,on-hold';
const OVER = ['completed', 'rejected', 'cancelled', 'failed', 'entered-in-error'];

/** The query that finds what lies in some queues, oldest first. */
export function queueQuery(queues: Queue[]): { [name: string]: string } {
  return {
    code: queues.map((queue) => `${TASK_CODE}|${queue.code}`).join(','),
    status: OPEN,
    _include: 'Task:patient',
    _sort: 'authored-on',
    _count: '200',
  };
}

export function codeOf(task: Task): string {
  return task.code?.coding?.find((coding) => coding.system === TASK_CODE)?.code ?? '';
}

export function isOver(task: Task): boolean {
  return OVER.includes(task.status ?? '');
}

export function standing(task: Task): string {
  return task.businessStatus?.coding?.[0]?.code ?? '';
}

/** Since when the clock stands still. */
export function pausedSince(task: Task): string | undefined {
  const mark = task.extension?.find((one) => one.url === PAUSED) as
    (Extension & { valueInstant?: string }) | undefined;
  return mark?.valueInstant;
}

/** Where it was routed to: a pool, also while somebody has it. */
export function poolOf(task: Task): Reference | undefined {
  const kept = task.extension?.find((one) => one.url === POOL)?.valueReference;
  const routed = localReference(task.owner)?.startsWith('HealthcareService/');
  return kept ?? (routed ? task.owner : undefined);
}

/** The member of staff who has it; nobody while it is only routed. */
export function holderOf(task: Task): Reference | undefined {
  return localReference(task.owner)?.startsWith('Practitioner') ? task.owner : undefined;
}

export function holderWords(task: Task, me: string | undefined): string {
  const holder = holderOf(task);
  if (!holder) return 'Nobody yet';
  return localReference(holder) === me ? 'You' : (holder.display ?? 'A colleague');
}

export type Group = 'late' | 'today' | 'later' | 'waiting' | 'person';

export const groupWords: { [group in Group]: string } = {
  late: 'Overdue',
  today: 'Due today',
  later: 'Due later',
  waiting: 'Waiting for an answer',
  person: 'With the person',
};

const AWAITED = ['awaiting-patient-consent', 'awaiting-evidence', 'not-yet-signable'];

/** Where in the list a piece of work stands; days are those of the reader. */
export function groupOf(task: Task, clock: Queue['clock'] | undefined, now: number): Group {
  if (pausedSince(task) !== undefined || AWAITED.includes(standing(task))) return 'waiting';
  if (clock === 'person') return 'person';
  const due = instant(task.restriction?.period?.end);
  if (Number.isNaN(due)) return 'later';
  if (due <= now) return 'late';
  return new Date(due).toDateString() === new Date(now).toDateString() ? 'today' : 'later';
}

/** Each group that has something, its most pressing work first. */
export function grouped(tasks: Task[], queues: Queue[], now: number): [Group, Task[]][] {
  const clocks = new Map(queues.map((queue) => [queue.code, queue.clock]));
  const groups: Group[] = ['late', 'today', 'later', 'waiting', 'person'];
  const due = (task: Task) => {
    const at = instant(task.restriction?.period?.end);
    return Number.isNaN(at) ? Infinity : at;
  };
  const since = (task: Task) => instant(task.authoredOn) || 0;
  return groups
    .map((group): [Group, Task[]] => [
      group,
      tasks
        .filter((task) => groupOf(task, clocks.get(codeOf(task)), now) === group)
        .sort((a, b) => (due(a) === due(b) ? since(a) - since(b) : due(a) < due(b) ? -1 : 1)),
    ])
    .filter(([, list]) => list.length > 0);
}

const dueDay = new Intl.DateTimeFormat('en-US', {
  weekday: 'short',
  month: 'short',
  day: 'numeric',
});

/** `3 hours late`, `today, 5:00 PM EST`, `Tue, Nov 24`, or that the clock stands still. */
export function dueWords(task: Task, group: Group, now: number): string {
  const text = task.restriction?.period?.end;
  if (pausedSince(task) !== undefined) return 'Clock stopped';
  if (text === undefined) return 'No date';
  if (group === 'late') return `${lateBy(now - instant(text))} late`;
  if (group === 'today') return `Today, ${showTime(text)}`;
  return dueDay.format(instant(text));
}

function lateBy(milliseconds: number): string {
  const hours = Math.floor(milliseconds / 3_600_000);
  if (hours < 1) return 'Under an hour';
  if (hours < 48) return `${hours} ${hours === 1 ? 'hour' : 'hours'}`;
  return `${Math.floor(hours / 24)} days`;
}

/** What a piece of work is called: its own words, else those of its kind. */
export function taskTitle(task: Task): string {
  return conceptText(task.code, 'Work');
}

/** How far it has come, where that says more than that it is open. */
export function stateWords(task: Task): string {
  const words = conceptText(task.businessStatus);
  return words || (task.status ?? '').replace('-', ' ');
}

/** Whom it is for: the patient on record, else the name that was given. */
export function personWords(task: Task, patients: Map<string, Patient>): string {
  const patient = patients.get(localReference(task.for) ?? '');
  if (patient) return fullName(patient.name);
  const given = ['given-name', 'family-name'].map((code) => inputText(task, code)).filter(Boolean);
  const said = given.join(' ') || inputText(task, 'patient-name') || task.for?.display;
  return said || (task.for ? 'A patient' : 'Not known yet');
}

export function inputText(task: Task, code: string): string {
  const found = task.input?.find((one) => one.type?.coding?.some((it) => it.code === code));
  return found?.valueString ?? found?.valueCode ?? found?.valueDate ?? '';
}

export function inputFlag(task: Task, code: string): boolean {
  const found = task.input?.find((one) => one.type?.coding?.some((it) => it.code === code));
  return found?.valueBoolean === true;
}

/** What was said in a Task, as terms and words; papers apart. */
export function facts(task: Task): [string, string][] {
  const all = task.input ?? [];
  return all
    .filter((one) => one.valueReference === undefined)
    .map((one): [string, string] => [
      conceptText(one.type, 'Said'),
      one.valueString ?? one.valueDate ?? one.valueCode ?? (one.valueBoolean ? 'Yes' : ''),
    ])
    .filter(([, value]) => value !== '');
}

/** The documents handed in with it. */
export function papers(task: Task): string[] {
  return (task.input ?? [])
    .map((one) => localReference(one.valueReference))
    .filter((it): it is string => it?.startsWith('DocumentReference/') ?? false);
}
