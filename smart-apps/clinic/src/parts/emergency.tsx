/** Emergency access to a chart: declared with a reason, shown while it lasts, ended by hand or by the hour. */

import { useEffect, useState, type FormEvent, type ReactElement } from 'react';
import type { Resource } from '@kinchart/shared/fhir/types';
import { serverNow } from '@kinchart/shared/session/clock';
import type { Parameter, Workspace } from '../session/workspace';
import { minutesLeft } from '../views/emergency';
import { Field, OneOf } from './field';
import { Sheet, Trouble, useVerb } from './verb';
import { useLoaded, useWork } from './work';

const REASONS: [string, string][] = [
  ['emergency-treatment', 'Emergency treatment'],
  ['covering', 'Covering for a colleague'],
  ['asked-for-advice', 'Asked for advice by a colleague'],
  ['patient-asks', 'The patient asks for it'],
];
const LEAST = 10;

interface Open {
  expires: string;
  banner: string;
}

async function openOf({ record }: Workspace, patient: string): Promise<Open | undefined> {
  const found = await record.read<Resource & { parameter?: Parameter[] }>('$break-glass-status');
  for (const parameter of found.parameter ?? []) {
    const part = (name: string) => parameter.part?.find((it) => it.name === name);
    const expires = part('expires')?.valueInstant;
    if (part('patient')?.valueId === patient && expires)
      return { expires, banner: part('banner')?.valueString ?? 'Emergency access.' };
  }
  return undefined;
}

/** The banner of an emergency that is open; nothing where none is. */
export function EmergencyBanner(props: {
  patient: string;
  turn: number;
  ended: () => void;
}): ReactElement | null {
  const { workspace } = useWork();
  const [open] = useLoaded((work) => openOf(work, props.patient), [props.patient, props.turn]);
  const verb = useVerb(props.ended);
  const [, tick] = useState(0);
  useEffect(() => {
    const ticking = setInterval(() => tick((n) => n + 1), 15_000);
    return () => clearInterval(ticking);
  }, []);
  const expires = open.state === 'ready' ? open.value?.expires : undefined;
  const left = expires ? minutesLeft(expires, serverNow()) : 0;
  const over = expires !== undefined && left <= 0;
  const { ended } = props;
  useEffect(() => {
    if (over) ended();
  }, [over, ended]);
  if (open.state !== 'ready' || !open.value || over) return null;
  return (
    <div className="emergency" role="status">
      <p>
        <strong>{open.value.banner}</strong> {left} {left === 1 ? 'minute' : 'minutes'} left.
      </p>
      <button
        type="button"
        className="button button-small button-quiet"
        disabled={verb.busy}
        onClick={() =>
          verb.run(
            () => workspace.operate(`Patient/${props.patient}/$break-glass-end`),
            'The chart is closed.',
          )
        }
      >
        End now
      </button>
      <Trouble fault={verb.fault} />
    </div>
  );
}

/** Declares one. */
export function BreakGlass(props: {
  patient: string;
  name: string;
  close: () => void;
  opened: () => void;
}): ReactElement {
  const { workspace } = useWork();
  const verb = useVerb(props.opened);
  const [reason, setReason] = useState('');
  const [text, setText] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    verb.run(
      () =>
        workspace.operate(`Patient/${props.patient}/$break-glass`, [
          { name: 'reason', valueCode: reason },
          { name: 'text', valueString: text.trim() },
        ]),
      'The chart is open.',
    );
  };
  return (
    <Sheet title={`Open the chart of ${props.name} in an emergency`} id="glass" close={props.close}>
      <p>
        For sixty minutes. The patient is told that somebody looked, and the privacy office reviews
        it on the next business day.
      </p>
      <form className="form" onSubmit={submit}>
        <OneOf legend="Why" name="reason" all={REASONS} value={reason} choose={setReason} required />
        <Field id="glass-text" label="What it is for" hint="A sentence. Only the privacy office reads it.">
          {(more) => (
            <textarea
              {...more}
              rows={3}
              required
              minLength={LEAST}
              maxLength={2000}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <Trouble fault={verb.fault} />
        <p className="actions">
          <button
            type="submit"
            className="button button-alert"
            disabled={verb.busy || !reason || text.trim().length < LEAST}
          >
            Open the chart
          </button>
        </p>
      </form>
    </Sheet>
  );
}
