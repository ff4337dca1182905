/** One piece of work: everything needed to decide it, and the decision. */

import { useEffect, useRef, useState, type ReactElement } from 'react';
import { dayIn } from '@kinchart/shared/fhir/age';
import { showDate, showDateTime } from '@kinchart/shared/fhir/dates';
import { fullName, localReference } from '@kinchart/shared/fhir/words';
import type { Record } from '@kinchart/shared/fhir/record';
import type { Patient, Reference, Resource } from '@kinchart/shared/fhir/types';
import { serverNow } from '@kinchart/shared/session/clock';
import { Decision } from '../parts/decision';
import { Focus } from '../parts/focus';
import { Hands } from '../parts/hands';
import { Papers } from '../parts/papers';
import type { Done } from '../parts/verb';
import { Loaded } from '../parts/work';
import { patientHref, workHref } from '../route';
import type { Workspace } from '../session/workspace';
import { organizationZone } from '../site';
import { lifeOf, recordNumber } from '../views/banner';
import {
  codeOf,
  dueWords,
  facts,
  groupOf,
  isOver,
  papers,
  pausedSince,
  personWords,
  poolOf,
  stateWords,
  taskTitle,
  type Queue,
  type Task,
} from '../views/work';

/** A piece of work with what is known around it. */
export interface Piece {
  task: Task;
  patient: Patient | undefined;
  queue: Queue | undefined;
  /** The pool it is routed to, by name. */
  pool: string | undefined;
}

async function loadPiece(workspace: Workspace, id: string): Promise<Piece> {
  const { record } = workspace;
  record.forget();
  const [task, queues] = await Promise.all([record.read<Task>(`Task/${id}`), workspace.queues()]);
  const reference = localReference(task.for);
  // A role that may not see who it is for still does the work.
  const patient = reference?.startsWith('Patient/')
    ? await record.read<Patient>(reference).catch(() => undefined)
    : undefined;
  const pool = await poolName(record, poolOf(task));
  return { task, patient, queue: queues.find((one) => one.code === codeOf(task)), pool };
}

async function poolName(
  record: Record,
  pool: Reference | undefined,
): Promise<string | undefined> {
  const reference = localReference(pool);
  if (!reference || pool?.display) return pool?.display;
  const service = await record
    .read<Resource & { name?: string }>(reference)
    .catch(() => undefined);
  return service?.name;
}

export function TaskPage({ id }: { id: string }): ReactElement {
  const [said, setSaid] = useState('');
  const [late, setLate] = useState(false);
  const words = useRef<HTMLParagraphElement>(null);
  // What was pressed is gone by then: whoever works by keyboard goes on from here.
  useEffect(() => {
    if (said) words.current?.focus();
  }, [said]);
  return (
    <div className="page">
      <p className="back">
        <a href={workHref()}>All work</a>
      </p>
      <p
        ref={words}
        className={said ? (late ? 'trouble' : 'done') : 'visually-hidden'}
        role={late ? 'alert' : 'status'}
        tabIndex={-1}
      >
        {said}
      </p>
      <Loaded load={(workspace) => loadPiece(workspace, id)} keys={[id]} what="this work">
        {(piece, again) => (
          <Shown
            piece={piece}
            done={(told, wasLate = false) => {
              setLate(wasLate);
              setSaid(told);
              again();
            }}
          />
        )}
      </Loaded>
    </div>
  );
}

function Shown(props: { piece: Piece; done: Done }): ReactElement {
  const { piece, done } = props;
  const { task, patient, queue } = piece;
  const title = taskTitle(task);
  useEffect(() => {
    document.title = `${title} · Clinic workspace`;
  }, [title]);
  return (
    <article className="task">
      <header>
        <h1>{title}</h1>
        <Person piece={piece} />
        {task.description && <p className="task-what">{task.description}</p>}
      </header>
      <Clock task={task} queue={queue} pool={piece.pool} />
      <Hands piece={piece} done={done} />
      <Said task={task} />
      <Papers references={papers(task)} />
      <Focus task={task} />
      {isOver(task) ? (
        <p className="notice-plain">
          This is over: {stateWords(task).toLowerCase()}
          {task.owner?.display ? `, by ${task.owner.display}` : ''}
          {task.lastModified ? `, ${showDateTime(task.lastModified)}` : ''}.
        </p>
      ) : (
        <Decision piece={piece} patient={patient} done={done} />
      )}
    </article>
  );
}

function Person({ piece }: { piece: Piece }): ReactElement {
  const { task, patient } = piece;
  if (!patient) return <p className="task-who">For {personWords(task, new Map())}</p>;
  const today = dayIn(organizationZone, serverNow());
  return (
    <p className="task-who">
      For <a href={patientHref(patient.id ?? '')}>{fullName(patient.name)}</a>
      <span className="quiet">
        {[lifeOf(patient, today), `born ${showDate(patient.birthDate, 'medium')}`, recordNumber(patient)]
          .filter(Boolean)
          .map((text) => ` · ${text ?? ''}`)
          .join('')}
      </span>
    </p>
  );
}

function Clock(props: {
  task: Task;
  queue: Queue | undefined;
  pool: string | undefined;
}): ReactElement {
  const { task, queue, pool } = props;
  const now = serverNow();
  const group = groupOf(task, queue?.clock, now);
  const end = task.restriction?.period?.end;
  const paused = pausedSince(task);
  const rows: [string, string | undefined, boolean][] = [
    ['Came', task.authoredOn && showDateTime(task.authoredOn), false],
    ['Due', end ? `${showDateTime(end)} (${dueWords(task, group, now)})` : undefined, group === 'late'],
    ['Clock', paused && `stopped ${showDateTime(paused)}, until the answer comes`, false],
    ['State', stateWords(task), false],
    ['Routed to', pool, false],
    ['Asked by', task.requester?.display, false],
  ];
  return (
    <dl className="task-facts">
      {rows.map(([term, value, late]) =>
        value && !(isOver(task) && term === 'Due') ? (
          <div key={term}>
            <dt>{term}</dt>
            <dd className={late ? 'value late' : 'value'}>{value}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}

/** What whoever asked wrote down. */
function Said({ task }: { task: Task }): ReactElement | null {
  const said = facts(task);
  if (said.length === 0 && !task.statusReason?.text) return null;
  return (
    <section aria-labelledby="said">
      <h2 id="said">What was said</h2>
      <dl className="said">
        {task.statusReason?.text && (
          <div>
            <dt>Why it is here</dt>
            <dd>{task.statusReason.text}</dd>
          </div>
        )}
        {said.map(([term, value]) => (
          <div key={term + value}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
