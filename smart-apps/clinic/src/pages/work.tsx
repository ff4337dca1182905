/** The work that waits for one's role: overdue first, what waits for an answer apart. */

import { useEffect, useState, type ReactElement } from 'react';
import { count, localReference } from '@kinchart/shared/fhir/words';
import type { Patient } from '@kinchart/shared/fhir/types';
import { serverNow } from '@kinchart/shared/session/clock';
import { Loaded, useWork } from '../parts/work';
import { patientHref, taskHref, workHref } from '../route';
import type { Workspace } from '../session/workspace';
import {
  codeOf,
  dueWords,
  groupWords,
  grouped,
  holderOf,
  holderWords,
  personWords,
  queueQuery,
  stateWords,
  taskTitle,
  type Group,
  type Queue,
  type Task,
} from '../views/work';

interface Desk {
  queues: Queue[];
  tasks: Task[];
  patients: Map<string, Patient>;
}

async function loadDesk(workspace: Workspace): Promise<Desk> {
  const queues = await workspace.queues();
  workspace.record.forget();
  const found = await workspace.record.searchAll('Task', queueQuery(queues));
  const patients = found.filter((one): one is Patient => one.resourceType === 'Patient');
  return {
    queues,
    tasks: found.filter((one): one is Task => one.resourceType === 'Task'),
    patients: new Map(patients.map((one) => [`Patient/${one.id ?? ''}`, one])),
  };
}

export function WorkPage({ queue }: { queue: string | undefined }): ReactElement {
  useEffect(() => {
    document.title = 'Work · Clinic workspace';
  }, []);
  return (
    <div className="page page-wide">
      <h1>Work</h1>
      <Loaded load={loadDesk} keys={[]} what="work">
        {(desk, again) => <Lists desk={desk} queue={queue} again={again} />}
      </Loaded>
    </div>
  );
}

type Whose = 'all' | 'mine' | 'free';

const whoseWords: { [whose in Whose]: string } = {
  all: 'Everybody’s',
  mine: 'Mine',
  free: 'Nobody’s yet',
};

function Lists(props: { desk: Desk; queue: string | undefined; again: () => void }): ReactElement {
  const { queues, tasks, patients } = props.desk;
  const me = useWork().workspace.me;
  const [whose, setWhose] = useState<Whose>('all');
  const now = serverNow();
  const fits = (task: Task) => {
    const holder = holderOf(task);
    if (whose === 'free') return holder === undefined;
    return whose === 'all' || localReference(holder) === me;
  };
  const own = tasks.filter((task) => props.queue === undefined || codeOf(task) === props.queue);
  const shown = grouped(own.filter(fits), queues, now);
  const number = shown.reduce((sum, [, list]) => sum + list.length, 0);
  const inQueue = (one: Queue) => tasks.filter((task) => codeOf(task) === one.code);
  const isBusy = (one: Queue) => one.code === props.queue || inQueue(one).length > 0;
  const busy = queues.filter(isBusy);
  const idle = queues.filter((one) => !isBusy(one));
  const link = (one: Queue) => (
    <QueueLink
      key={one.code}
      title={one.title}
      href={workHref(one.code)}
      tasks={inQueue(one)}
      now={now}
      queues={queues}
      current={props.queue === one.code}
    />
  );
  return (
    <div className="desk">
      <nav aria-label="Queues" className="queues">
        <ul>
          <QueueLink title="All" href={workHref()} tasks={tasks} now={now} queues={queues}
            current={props.queue === undefined} />
          {busy.map(link)}
        </ul>
        {idle.length > 0 && (
          <details>
            <summary>Nothing in {count(idle.length, 'queue')}</summary>
            <ul>{idle.map(link)}</ul>
          </details>
        )}
      </nav>
      <div className="worklists">
        <div className="filter">
          <fieldset>
            <legend className="visually-hidden">Whose work</legend>
            {(Object.keys(whoseWords) as Whose[]).map((one) => (
              <label key={one}>
                <input
                  type="radio"
                  name="whose"
                  value={one}
                  checked={whose === one}
                  onChange={() => setWhose(one)}
                />
                {whoseWords[one]}
              </label>
            ))}
          </fieldset>
          <button type="button" className="button button-small button-quiet" onClick={props.again}>
            Look again
          </button>
        </div>
        <p role="status" className={number > 0 ? 'visually-hidden' : 'nothing'}>
          {number > 0 ? count(number, 'piece of work', 'pieces of work') : 'Nothing waits here.'}
        </p>
        {shown.map(([group, list]) => (
          <section key={group} aria-labelledby={`group-${group}`} className={`group-${group}`}>
            <h2 id={`group-${group}`}>
              {groupWords[group]} <span className="number">{list.length}</span>
            </h2>
            <WorkTable list={list} group={group} patients={patients} me={me} now={now} />
          </section>
        ))}
      </div>
    </div>
  );
}

function QueueLink(props: {
  title: string;
  href: string;
  tasks: Task[];
  queues: Queue[];
  now: number;
  current: boolean;
}): ReactElement {
  const late = grouped(props.tasks, props.queues, props.now).find(([group]) => group === 'late');
  return (
    <li>
      <a href={props.href} aria-current={props.current ? 'page' : undefined}>
        <span>{props.title}</span>
        <span className={late ? 'number number-late' : 'number'}>
          {props.tasks.length}
          <span className="visually-hidden">{late ? `, ${late[1].length} overdue` : ' open'}</span>
        </span>
      </a>
    </li>
  );
}

function WorkTable(props: {
  list: Task[];
  group: Group;
  patients: Map<string, Patient>;
  me: string | undefined;
  now: number;
}): ReactElement {
  const { list, group, patients, me, now } = props;
  return (
    <table className="table table-people table-work">
      <thead>
        <tr>
          <th scope="col">Work</th>
          <th scope="col">For</th>
          <th scope="col">Due</th>
          <th scope="col">Who has it</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {list.map((task) => {
          const patient = localReference(task.for)?.replace(/^Patient\//, '');
          return (
            <tr key={task.id}>
              <th scope="row">
                <a href={taskHref(task.id ?? '')}>{taskTitle(task)}</a>
                {task.description && <span className="what">{task.description}</span>}
              </th>
              <td>
                {patient && patients.has(`Patient/${patient}`) ? (
                  <a href={patientHref(patient)}>{personWords(task, patients)}</a>
                ) : (
                  personWords(task, patients)
                )}
              </td>
              <td className="value due">{dueWords(task, group, now)}</td>
              <td className="holder">{holderWords(task, me)}</td>
              <td>{stateWords(task)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
