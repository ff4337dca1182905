/** Holding a report back from the patient or the parents, and letting it go: lawful reasons only, with an end. */

import { useState, type FormEvent, type ReactElement } from 'react';
import { dayIn } from '@kinchart/shared/fhir/age';
import type { DiagnosticReport } from '@kinchart/shared/fhir/types';
import { serverNow } from '@kinchart/shared/session/clock';
import { organizationZone } from '../site';
import { holdOf } from '../views/hold';
import { Field, OneOf } from './field';
import { Sheet, Trouble, useVerb } from './verb';
import { useWork } from './work';

const CHOICES: [string, string][] = [
  ['harm/life-or-physical-safety', 'Seeing it would endanger somebody’s life or body'],
  ['harm/substantial', 'A parent’s seeing it would do substantial harm'],
  ['law', 'A law requires it'],
];

export function Hold(props: {
  report: DiagnosticReport;
  name: string;
  changed: () => void;
}): ReactElement {
  const { workspace } = useWork();
  const [open, setOpen] = useState(false);
  const held = holdOf(props.report, serverNow());
  const verb = useVerb(props.changed);
  const at = `DiagnosticReport/${props.report.id ?? ''}`;
  if (held)
    return (
      <p className="held">
        <button
          type="button"
          className="link"
          disabled={verb.busy}
          onClick={() =>
            verb.run(() => workspace.operate(`${at}/$end-hold`), 'It is released.')
          }
        >
          Release now<span className="visually-hidden">: {props.name}</span>
        </button>
        <Trouble fault={verb.fault} />
      </p>
    );
  return (
    <p className="held">
      <button type="button" className="link" onClick={() => setOpen(true)}>
        Hold back…<span className="visually-hidden">: {props.name}</span>
      </button>
      {open && (
        <Holding
          at={at}
          name={props.name}
          close={() => setOpen(false)}
          held={() => {
            setOpen(false);
            props.changed();
          }}
        />
      )}
    </p>
  );
}

function Holding(props: {
  at: string;
  name: string;
  close: () => void;
  held: () => void;
}): ReactElement {
  const { workspace } = useWork();
  const verb = useVerb(props.held);
  const [choice, setChoice] = useState('');
  const [until, setUntil] = useState('');
  const [note, setNote] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const [reason, harm] = choice.split('/');
    const more = harm ? [{ name: 'harm', valueCode: harm }] : [];
    verb.run(
      () =>
        workspace.operate(`${props.at}/$hold-release`, [
          { name: 'reason', valueCode: reason ?? '' },
          ...more,
          { name: 'until', valueDateTime: until },
          { name: 'note', valueString: note.trim() },
        ]),
      'It is held.',
    );
  };
  const today = dayIn(organizationZone, serverNow());
  return (
    <Sheet title={`Hold back: ${props.name}`} id="hold" close={props.close}>
      <p>
        Patients see results as soon as they are there. Only these are lawful reasons to wait; that
        nobody has reviewed it yet is none.
      </p>
      <form className="form" onSubmit={submit}>
        <OneOf legend="Why" name="hold" all={CHOICES} value={choice} choose={setChoice} required />
        <Field id="hold-until" label="Until">
          {(more) => (
            <input
              {...more}
              type="date"
              required
              min={dateText(today)}
              value={until}
              onChange={(event) => setUntil(event.target.value)}
            />
          )}
        </Field>
        <Field id="hold-note" label="What you believe, and why">
          {(more) => (
            <textarea
              {...more}
              rows={3}
              required
              maxLength={2000}
              value={note}
              onChange={(event) => setNote(event.target.value)}
            />
          )}
        </Field>
        <Trouble fault={verb.fault} />
        <p className="actions">
          <button type="submit" className="button" disabled={verb.busy || !choice}>
            Hold it back
          </button>
        </p>
      </form>
    </Sheet>
  );
}

function dateText(day: { year: number; month: number; day: number }): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${day.year}-${two(day.month)}-${two(day.day)}`;
}
