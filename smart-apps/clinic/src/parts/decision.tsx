/** Deciding a piece of work, by the form its kind needs. */

import { useState, type FormEvent, type ReactElement } from 'react';
import { localReference } from '@kinchart/shared/fhir/words';
import type { Patient } from '@kinchart/shared/fhir/types';
import type { Piece } from '../pages/task';
import { codeOf, holderOf, pausedSince } from '../views/work';
import { DeactivationDecision } from './deactivation_decision';
import { IdentityDecision } from './identity_decision';
import { ProxyDecision } from './proxy_decision';
import { TicketDecision } from './ticket_decision';
import { Deciding, Field } from './field';
import { Trouble, useVerb, type Done } from './verb';
import { useWork } from './work';

interface Props {
  piece: Piece;
  patient: Patient | undefined;
  /** It was decided; the words for it. */
  done: Done;
}

export function Decision({ piece, patient, done }: Props): ReactElement | null {
  const { workspace } = useWork();
  const { task, queue } = piece;
  const holder = holderOf(task);
  if (!queue) return <p className="notice-plain">This work is in somebody else’s queues.</p>;
  if (holder && localReference(holder) !== workspace.me)
    return (
      <p className="notice-plain">
        {holder.display ?? 'A colleague'} has this. To decide it yourself, give it to yourself first.
      </p>
    );
  if (queue.decidedBy === 'proxy-decide')
    return <ProxyDecision piece={piece} done={done} />;
  if (queue.decidedBy === 'identity-decide') return <IdentityDecision task={task} done={done} />;
  if (queue.decidedBy === 'deactivation-decide')
    return <DeactivationDecision task={task} done={done} />;
  if (queue.decidedBy === 'ticket-answer') return <TicketDecision task={task} done={done} />;
  if (queue.clock === 'person') return <Waits code={codeOf(task)} />;
  return <Answer piece={piece} patient={patient} done={done} />;
}

/** Work in which the next step is the person's. */
function Waits({ code }: { code: string }): ReactElement {
  const text =
    code === 'account-activation'
      ? 'The code was given out. The patient opens the account with it; a new code can be given from their chart.'
      : 'The next step is the person’s. There is nothing to decide here.';
  return <p className="notice-plain">{text}</p>;
}

interface Words {
  label: string;
  done: string;
  hint: string;
  /** Whether it can be turned down. */
  declined?: boolean;
}

const WORDS: { [code: string]: Words } = {
  'message-handling': {
    label: 'Your answer',
    done: 'Send and close',
    hint: 'It goes to whoever wrote, in this conversation.',
  },
  'discuss-result': {
    label: 'A word to the patient, if you like',
    done: 'We have talked about it',
    hint: 'What the patient waits for is to hear it from a clinician.',
  },
};

const USUAL: Words = {
  declined: true,
  label: 'What the person is told',
  done: 'Done',
  hint: 'It reaches them as a message. Leave it empty to say nothing.',
};

function Answer({ piece, patient, done }: Props): ReactElement {
  const { task } = piece;
  const { workspace } = useWork();
  const verb = useVerb(done, true);
  const [text, setText] = useState('');
  const words = WORDS[codeOf(task)] ?? USUAL;
  const at = `Task/${task.id ?? ''}`;
  const waits = pausedSince(task) !== undefined;
  // A role that may not look up who it is for still writes to them.
  const reaches = patient !== undefined || localReference(task.for)?.startsWith('Patient/');
  const said = text.trim();
  const complete = (outcome: 'done' | 'declined', told: string) =>
    verb.run(async () => {
      const answer = said ? [{ name: 'answer', valueString: said }] : [];
      await workspace.operate(`${at}/$complete`, [
        { name: 'outcome', valueCode: outcome },
        ...answer,
      ]);
    }, told);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    complete('done', 'Done.');
  };
  return (
    <Deciding submit={submit}>
      {reaches ? (
        <Field id="answer" label={words.label} hint={words.hint}>
          {(more) => (
            <textarea
              {...more}
              rows={4}
              maxLength={2000}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
      ) : (
        <p className="quiet">
          No account is behind this: call or write to the person, then note here that it is done.
        </p>
      )}
      <Trouble fault={verb.fault} />
      <p className="actions">
        <button type="submit" className="button" disabled={verb.busy}>
          {words.done}
        </button>
        {reaches && !waits && (
          <button
            type="button"
            className="button button-quiet"
            disabled={verb.busy || !said}
            onClick={() =>
              verb.run(
                () =>
                  workspace.operate(`${at}/$ask-for-information`, [
                    { name: 'question', valueString: said },
                  ]),
                'Asked. The clock stands still until they answer.',
              )
            }
          >
            Ask this and wait
          </button>
        )}
        {patient && words.declined && (
          <button
            type="button"
            className="button button-quiet"
            disabled={verb.busy || !said}
            onClick={() => complete('declined', 'Declined, and the person is told why.')}
          >
            Decline with this
          </button>
        )}
      </p>
    </Deciding>
  );
}
