/** Closing an account whose owner asks for it, or leaving it open. */

import { useState, type FormEvent, type ReactElement } from 'react';
import type { Task } from '../views/work';
import { Deciding, Field } from './field';
import { Trouble, useVerb, type Done } from './verb';
import { useWork } from './work';

export function DeactivationDecision(props: {
  task: Task;
  done: Done;
}): ReactElement {
  const { workspace } = useWork();
  const verb = useVerb(props.done, true);
  const [text, setText] = useState('');
  const said = text.trim();
  const decide = (decision: string, name: string, told: string) =>
    verb.run(
      () =>
        workspace.operate(`Task/${props.task.id ?? ''}/$deactivation-decide`, [
          { name: 'decision', valueCode: decision },
          { name, valueString: said },
        ]),
      told,
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    decide('close', 'ground', 'The account is closed. The record stays.');
  };
  return (
    <Deciding submit={submit}>
      <p>
        Closing ends every sign-in, every connected app and every link at once. The record stays,
        and so does the right to a copy of it.
      </p>
      <Field id="ground" label="How you know that the owner asks for it, or why not">
        {(more) => (
          <textarea
            {...more}
            rows={3}
            required
            maxLength={1000}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <Trouble fault={verb.fault} />
      <p className="actions">
        <button type="submit" className="button" disabled={verb.busy || !said}>
          Close the account
        </button>
        <button
          type="button"
          className="button button-quiet"
          disabled={verb.busy || !said}
          onClick={() => decide('reject', 'reason', 'The account stays open.')}
        >
          Leave it open
        </button>
      </p>
    </Deciding>
  );
}
