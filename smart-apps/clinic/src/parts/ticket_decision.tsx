/** Helping with a ticket: looking at the account it is about, for a while, and answering. */

import { useState, type FormEvent, type ReactElement } from 'react';
import { showTime } from '@kinchart/shared/fhir/dates';
import { localReference } from '@kinchart/shared/fhir/words';
import type { Parameter } from '../session/workspace';
import { patientHref } from '../route';
import { inputText, type Task } from '../views/work';
import { Deciding, Field, OneOf } from './field';
import { Trouble, useVerb, type Done } from './verb';
import { useWork } from './work';

type Outcome = 'answered' | 'asked' | 'declined';

const OUTCOMES: [Outcome, string][] = [
  ['answered', 'Answer'],
  ['asked', 'Ask something and wait'],
  ['declined', 'Decline'],
];

const TOLD: { [outcome in Outcome]: string } = {
  answered: 'Answered. The person reads it on the page of the ticket.',
  asked: 'Asked. The clock stands still until they answer.',
  declined: 'Declined, and the person is told why.',
};

interface Opened {
  patient: string;
  expires: string;
  banner: string;
}

export function TicketDecision(props: {
  task: Task;
  done: Done;
}): ReactElement {
  const { task } = props;
  const { workspace } = useWork();
  const verb = useVerb(props.done, true);
  const [outcome, setOutcome] = useState<Outcome>('answered');
  const [text, setText] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    verb.run(
      () =>
        workspace.operate(`Task/${task.id ?? ''}/$ticket-answer`, [
          { name: 'outcome', valueCode: outcome },
          { name: 'text', valueString: text.trim() },
        ]),
      TOLD[outcome],
    );
  };
  return (
    <>
      <Account task={task} />
      <Deciding submit={submit}>
        <OneOf legend="What you do" name="outcome" all={OUTCOMES} value={outcome} choose={setOutcome} />
        <Field
          id="ticket-text"
          label="What the person reads"
          hint="Technical help only. Say nothing of a record to whoever asked without signing in."
        >
          {(more) => (
            <textarea
              {...more}
              rows={4}
              required
              maxLength={2000}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <Trouble fault={verb.fault} />
        <p className="actions">
          <button type="submit" className="button" disabled={verb.busy || !text.trim()}>
            Send
          </button>
        </p>
      </Deciding>
    </>
  );
}

function openedIn(parameters: Parameter[]): Opened | undefined {
  const one = (name: string) => parameters.find((it) => it.name === name);
  const patient = localReference(one('patient')?.valueReference);
  if (!patient) return undefined;
  return {
    patient: patient.replace(/^Patient\//, ''),
    expires: one('expires')?.valueInstant ?? '',
    banner: one('banner')?.valueString ?? '',
  };
}

/** The account the ticket is about, opened only when it is needed. */
function Account({ task }: { task: Task }): ReactElement {
  const { workspace } = useWork();
  const verb = useVerb(() => undefined);
  const [opened, setOpened] = useState<Opened>();
  const [username, setUsername] = useState('');
  const open = () =>
    verb.run(async () => {
      const named = username.trim() ? [{ name: 'username', valueString: username.trim() }] : [];
      const answer = await workspace.operate(`Task/${task.id ?? ''}/$open-ticket`, named);
      setOpened(openedIn(answer.parameter ?? []));
    }, '');
  return (
    <section aria-labelledby="account">
      <h2 id="account">The account</h2>
      {opened ? (
        <div className="notice-plain" role="status">
          <p>
            {opened.banner} Until {showTime(opened.expires)}.
          </p>
          <p>
            <a href={patientHref(opened.patient)}>Look at it</a>
          </p>
        </div>
      ) : (
        <>
          <p className="quiet">
            Open it only if the question needs it: to look at, for a few minutes. Each look is in the
            patient’s access log with this ticket.
          </p>
          {!task.requester?.reference && (
            <Field id="username" label="Username, where several people have that address">
              {(more) => (
                <input
                  {...more}
                  value={username}
                  autoComplete="off"
                  placeholder={inputText(task, 'username')}
                  onChange={(event) => setUsername(event.target.value)}
                />
              )}
            </Field>
          )}
          <Trouble fault={verb.fault} />
          <p>
            <button
              type="button"
              className="button button-small button-quiet"
              disabled={verb.busy}
              onClick={open}
            >
              Open the account
            </button>
          </p>
        </>
      )}
    </section>
  );
}
