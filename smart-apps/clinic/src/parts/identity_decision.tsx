/** Deciding who somebody is who asked online for a code and fits nobody for certain. */

import { useState, type FormEvent, type ReactElement } from 'react';
import { inputText, type Task } from '../views/work';
import { FindPerson } from './find_person';
import { Deciding } from './field';
import { Trouble, useVerb, type Done } from './verb';
import { useWork } from './work';

export function IdentityDecision(props: {
  task: Task;
  done: Done;
}): ReactElement {
  const { task } = props;
  const { workspace } = useWork();
  const verb = useVerb(props.done, true);
  const [patient, setPatient] = useState('');
  const decide = (outcome: string, more: { name: string; valueId: string }[], words: string) =>
    verb.run(
      () =>
        workspace.operate(`Task/${task.id ?? ''}/$identity-decide`, [
          { name: 'outcome', valueCode: outcome },
          ...more,
        ]),
      words,
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const id = patient.replace(/^Patient\//, '');
    const told = 'Confirmed. A code goes to the e-mail address on record, if there is one.';
    decide('confirmed', [{ name: 'patient', valueId: id }], told);
  };
  const start = [inputText(task, 'family-name'), inputText(task, 'birth-date')]
    .filter(Boolean)
    .join(' ');
  return (
    <Deciding submit={submit}>
      <FindPerson label="Who it is" start={start} chosen={patient} choose={setPatient} />
      <p className="quiet">
        Compare all that was said with the record. In doubt do not confirm: the person can come to
        the desk with a document.
      </p>
      <Trouble fault={verb.fault} />
      <p className="actions">
        <button type="submit" className="button" disabled={verb.busy || !patient}>
          It is this patient
        </button>
        <button
          type="button"
          className="button button-quiet"
          disabled={verb.busy}
          onClick={() => decide('not-confirmed', [], 'Not confirmed. Nothing was sent.')}
        >
          Cannot be confirmed
        </button>
      </p>
    </Deciding>
  );
}
