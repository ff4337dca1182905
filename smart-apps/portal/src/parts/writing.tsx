/** Writing a message: the words, the check that it is no emergency, and what is shown while one writes. */

import { useEffect, useId, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { Fault } from '@kinchart/shared/fhir/fault';
import type { Communication } from '@kinchart/shared/fhir/types';
import { faultsOf, SUBJECT_MAX, TEXT_MAX, type Faults } from '../views/asking';
import { soundsUrgent } from '../views/urgent';
import { useChart } from './chart_context';
import { Icon } from './icon';
import { Notice } from './page';

export interface Words {
  subject: string;
  text: string;
}

/** 911 and 988, and where to call. */
export function Emergency({ phone }: { phone?: string | undefined }): ReactElement {
  return (
    <Notice icon="allergies" tone="urgent" title="Do not use messages in an emergency">
      <p>
        Call <a href="tel:911">911</a>. If you are thinking of hurting yourself, call or text{' '}
        <a href="tel:988">988</a>.
        {phone && (
          <>
            {' '}
            If it cannot wait two business days, call <a href={`tel:${phone}`}>{phone}</a>.
          </>
        )}
      </p>
    </Notice>
  );
}

/**
 * The form. `asks`: it is a question, which is no emergency and has words; `asksSubject`: nothing else says what it is
 * about. `children`: what comes before the words.
 */
export function Writing(props: {
  label: string;
  hint?: string;
  send: string;
  asks: boolean;
  asksSubject: boolean;
  phone: string | undefined;
  make: (words: Words) => Communication;
  sent: (message: Communication) => void;
  children?: ReactNode;
}): ReactElement {
  const { session, lost } = useChart();
  const [words, setWords] = useState<Words>({ subject: '', text: '' });
  const [calm, setCalm] = useState(false);
  const [faults, setFaults] = useState<Faults>({});
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  const [tries, setTries] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // Whoever works by keyboard or ear goes on at the first thing that is missing.
    if (tries > 0) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [tries]);
  const write = (changed: Partial<Words>) => {
    setWords({ ...words, ...changed });
    const fields = Object.keys(changed);
    setFaults(Object.fromEntries(Object.entries(faults).filter(([name]) => !fields.includes(name))));
  };
  const submit = () => {
    const found = props.asks ? faultsOf(words, calm, props.asksSubject) : {};
    setFaults(found);
    setTries(tries + 1);
    setTrouble('');
    if (Object.keys(found).length > 0 || busy) return;
    setBusy(true);
    session.create(props.make(words)).then(props.sent, (problem: unknown) => {
      setBusy(false);
      if (problem instanceof Fault && problem.kind === 'signed-out') lost();
      else setTrouble(whatWentWrong(problem));
    });
  };
  return (
    <form
      ref={form}
      className="card form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {props.children}
      {props.asksSubject && (
        <Field label="What is it about, in a few words?" fault={faults.subject}>
          {(more) => (
            <input
              {...more}
              type="text"
              maxLength={SUBJECT_MAX}
              autoComplete="off"
              value={words.subject}
              onChange={(event) => write({ subject: event.target.value })}
            />
          )}
        </Field>
      )}
      <Field label={props.label} hint={props.hint} fault={faults.text}>
        {(more) => (
          <textarea
            {...more}
            rows={6}
            maxLength={TEXT_MAX}
            value={words.text}
            onChange={(event) => write({ text: event.target.value })}
          />
        )}
      </Field>
      <div role="region" aria-live="polite" aria-label="Urgent help" className="urgent-help">
        {soundsUrgent(`${words.subject}. ${words.text}`) && <Danger phone={props.phone} />}
      </div>
      {props.asks && (
        <Calm
          checked={calm}
          change={(checked) => {
            setCalm(checked);
            const { calm: _, ...others } = faults;
            setFaults(others);
          }}
          fault={faults.calm}
        />
      )}
      {trouble && (
        <p className="field-fault" role="alert">
          {trouble}
        </p>
      )}
      <div className="actions">
        <button type="submit" className="button" aria-disabled={busy}>
          <Icon name="messages" /> {busy ? 'Sending…' : props.send}
        </button>
      </div>
    </form>
  );
}

function whatWentWrong(problem: unknown): string {
  const kind = problem instanceof Fault ? problem.kind : 'unexpected';
  if (kind === 'not-permitted')
    return 'Your access does not include writing messages here. Nothing was sent.';
  if (kind === 'offline')
    return 'We could not reach the office. Your words are still here: try again in a moment.';
  return 'This was not sent. Your words are still here: try again in a moment, or call the office.';
}

function Danger({ phone }: { phone: string | undefined }): ReactElement {
  return (
    <Notice icon="allergies" tone="urgent" title="This may be something that cannot wait">
      <p>
        If somebody is in danger, call <a href="tel:911">911</a> now. If you are thinking of hurting
        yourself, call or text <a href="tel:988">988</a>, day or night.
        {phone && (
          <>
            {' '}
            For help today, call the office at <a href={`tel:${phone}`}>{phone}</a>.
          </>
        )}
      </p>
      <p>You can still send this message. Nobody may read it before the next business day.</p>
    </Notice>
  );
}

function Calm(props: {
  checked: boolean;
  change: (checked: boolean) => void;
  fault: string | undefined;
}): ReactElement {
  const id = useId();
  return (
    <div className="field">
      <label className="tick">
        <input
          type="checkbox"
          checked={props.checked}
          aria-invalid={props.fault !== undefined}
          aria-describedby={props.fault ? id : undefined}
          onChange={(event) => props.change(event.target.checked)}
        />
        <span>This is not an emergency. I know that an answer can take two business days or more.</span>
      </label>
      {props.fault && (
        <p className="field-fault" id={id}>
          {props.fault}
        </p>
      )}
    </div>
  );
}

interface FieldProps {
  id: string;
  'aria-invalid': boolean;
  'aria-describedby': string | undefined;
}

export function Field(props: {
  label: string;
  hint?: string | undefined;
  fault?: string | undefined;
  children: (more: FieldProps) => ReactElement;
}): ReactElement {
  const id = useId();
  const told = [props.fault && `${id}-fault`, props.hint && `${id}-hint`].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      {props.hint && (
        <p className="field-hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
      {props.children({
        id,
        'aria-invalid': props.fault !== undefined,
        'aria-describedby': told || undefined,
      })}
      {props.fault && (
        <p className="field-fault" id={`${id}-fault`}>
          {props.fault}
        </p>
      )}
    </div>
  );
}
