/** At the desk: somebody present asks to act for this patient, and is written down. */

import { useEffect, useRef, useState, type FormEvent, type ReactElement } from 'react';
import { Fault } from '@kinchart/shared/fhir/fault';
import { localReference } from '@kinchart/shared/fhir/words';
import { taskHref } from '../route';
import {
  inputsOf,
  isParental,
  kindOf,
  nobodyYet,
  TIES,
  type HandedIn,
  type Visitor,
} from '../views/registration';
import { DOCUMENTS } from './activation';
import { Choice, Field, Tick, type Wrong } from './field';
import { LEVELS } from './proxy_decision';
import { Sheet, Trouble, useVerb } from './verb';
import { useWork } from './work';

/** What a paper may weigh, in bytes; the server says so too. */
const PAPER_MAX = 5 * 1024 * 1024;
/** Fields by the names the server finds fault with. */
const FIELDS: { [element: string]: string } = {
  given: 'visitor-given',
  family: 'visitor-given',
  'birth-date': 'visitor-born',
  email: 'visitor-email',
  relationship: 'visitor-tie',
  'identity-document': 'visitor-document',
  level: 'visitor-level',
  start: 'visitor-start',
  end: 'visitor-end',
  'minor-parent': 'visitor-minor',
  document: 'visitor-papers',
};

export function Registration(props: {
  patient: string;
  name: string;
  /** The patient is a minor: then it is a parent who asks, as a rule. */
  minor: boolean;
  close: () => void;
}): ReactElement {
  const [done, setDone] = useState<{ words: string; task?: string }>();
  return (
    <Sheet title={`Somebody to act for ${props.name}`} id="registration" close={props.close}>
      {done ? (
        <p className="done" role="status">
          {done.words}{' '}
          {done.task !== undefined && (
            <a href={taskHref(done.task)} onClick={props.close}>
              Decide it now
            </a>
          )}
        </p>
      ) : (
        <Form {...props} done={(words, task) => setDone({ words, ...(task ? { task } : {}) })} />
      )}
    </Sheet>
  );
}

function Form(props: {
  patient: string;
  minor: boolean;
  done: (words: string, task?: string) => void;
}): ReactElement {
  const { workspace } = useWork();
  const [visitor, setVisitor] = useState(nobodyYet(props.minor ? 'parent|MTH' : 'adult|SPS'));
  const [files, setFiles] = useState<File[]>([]);
  const [wrong, setWrong] = useState<Wrong>();
  const form = useRef<HTMLFormElement>(null);
  const verb = useVerb(() => undefined);
  // Whoever works by keyboard goes on where something is to be mended.
  useEffect(() => {
    if (wrong) form.current?.querySelector<HTMLElement>(`#${wrong.field}`)?.focus();
  }, [wrong]);
  const set = (part: Partial<Visitor>) => setVisitor((before) => ({ ...before, ...part }));
  const send = async () => {
    const papers = await Promise.all(files.map(read));
    const path = `Patient/${props.patient}/$proxy-register`;
    const answer = await workspace.operate(path, inputsOf(visitor, papers));
    const task = answer.parameter?.find((one) => one.name === 'task')?.valueReference;
    const queues = await workspace.queues().catch(() => []);
    const own = queues.some((queue) => queue.code === 'proxy-request');
    props.done(
      `Written down. Once medical records approve it, ${visitor.given.trim()} gets a mail at ` +
        `${visitor.email.trim()} to say yes with an account of their own. Nothing is open before.`,
      own ? localReference(task)?.split('/')[1] : undefined,
    );
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setWrong(undefined);
    const heavy = files.find((file) => file.size > PAPER_MAX);
    if (heavy) {
      setWrong({ field: 'visitor-papers', words: `${heavy.name} is larger than 5 MB.` });
      return;
    }
    verb.run(
      () =>
        send().catch((problem: unknown) => {
          const field = problem instanceof Fault && problem.element && FIELDS[problem.element];
          if (!field) throw problem;
          setWrong({ field, words: sentence((problem as Fault).message) });
        }),
      '',
    );
  };
  return (
    <form ref={form} className="form registration" onSubmit={submit}>
      <p className="quiet">
        For somebody who stands before you. Ask for a document, and write what it says.
      </p>
      <div className="field-pair">
        <Field id="visitor-given" label="First name" wrong={wrong}>
          {(more) => (
            <input
              {...more}
              required
              maxLength={100}
              autoComplete="off"
              value={visitor.given}
              onChange={(event) => set({ given: event.target.value })}
            />
          )}
        </Field>
        <Field id="visitor-family" label="Last name" wrong={wrong}>
          {(more) => (
            <input
              {...more}
              required
              maxLength={100}
              autoComplete="off"
              value={visitor.family}
              onChange={(event) => set({ family: event.target.value })}
            />
          )}
        </Field>
        <Field id="visitor-born" label="Date of birth" wrong={wrong} hint="They are asked for it again.">
          {(more) => (
            <input
              {...more}
              required
              type="date"
              value={visitor.born}
              onChange={(event) => set({ born: event.target.value })}
            />
          )}
        </Field>
        <Field id="visitor-email" label="E-mail" wrong={wrong} hint="Their own: the way in is sent there.">
          {(more) => (
            <input
              {...more}
              required
              type="email"
              maxLength={254}
              autoComplete="off"
              value={visitor.email}
              onChange={(event) => set({ email: event.target.value })}
            />
          )}
        </Field>
        <Field id="visitor-document" label="What was shown" wrong={wrong}>
          {(more) => (
            <Choice {...more} all={DOCUMENTS} value={visitor.document} choose={(document) => set({ document })} />
          )}
        </Field>
        <Field id="visitor-tie" label="What they are to the patient" wrong={wrong}>
          {(more) => <Choice {...more} all={TIES} value={visitor.tie} choose={(tie) => set({ tie })} />}
        </Field>
      </div>
      {kindOf(visitor) === 'parent' && (
        <Tick
          id="visitor-minor"
          wrong={wrong}
          on={visitor.minorParent}
          turn={(minorParent) => set({ minorParent })}
        >
          They are not of age themself, and the parent of this child
        </Tick>
      )}
      <div className="field-pair">
        {isParental(visitor) ? (
          <p className="quiet field-wide">
            For a parent or guardian the child’s age decides how much, from day to day.
          </p>
        ) : (
          <Field id="visitor-level" label="How much" wrong={wrong} wide>
            {(more) => (
              <Choice {...more} all={LEVELS} value={visitor.level} choose={(level) => set({ level })} />
            )}
          </Field>
        )}
        <Field id="visitor-start" label="First day, if not at once" wrong={wrong}>
          {(more) => (
            <input
              {...more}
              type="date"
              value={visitor.start}
              onChange={(event) => set({ start: event.target.value })}
            />
          )}
        </Field>
        <Field id="visitor-end" label="Last day, if it ends" wrong={wrong}>
          {(more) => (
            <input
              {...more}
              type="date"
              value={visitor.end}
              onChange={(event) => set({ end: event.target.value })}
            />
          )}
        </Field>
      </div>
      <fieldset className="choices">
        <legend>Less than that</legend>
        <Tick id="visitor-read-only" on={visitor.readOnly} turn={(readOnly) => set({ readOnly })}>
          To look, but to change nothing
        </Tick>
        <Tick id="visitor-plain" on={visitor.plain} turn={(plain) => set({ plain })}>
          Without what is labelled sensitive
        </Tick>
      </fieldset>
      <Field
        id="visitor-papers"
        label="Papers"
        wrong={wrong}
        hint="A certificate, an order, a power of attorney: PDF, JPEG or PNG, 5 MB each at most."
      >
        {(more) => (
          <input
            {...more}
            type="file"
            multiple
            accept="application/pdf,image/jpeg,image/png"
            onChange={(event) => setFiles([...(event.target.files ?? [])])}
          />
        )}
      </Field>
      <Field id="visitor-remark" label="For whoever decides" wrong={wrong}>
        {(more) => (
          <textarea
            {...more}
            rows={2}
            maxLength={1000}
            value={visitor.remark}
            onChange={(event) => set({ remark: event.target.value })}
          />
        )}
      </Field>
      <Trouble fault={verb.fault} />
      <p className="actions">
        <button type="submit" className="button" disabled={verb.busy}>
          {verb.busy ? 'Writing it down…' : 'Write it down'}
        </button>
      </p>
    </form>
  );
}

/** A rule as the server says it, begun and ended as a sentence is. */
function sentence(rule: string): string {
  const begun = rule.charAt(0).toUpperCase() + rule.slice(1);
  return begun.endsWith('.') ? begun : `${begun}.`;
}

function read(file: File): Promise<HandedIn> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(new Error(`${file.name} could not be read.`));
    reader.onload = () => {
      const data = String(reader.result).split(',', 2)[1] ?? '';
      resolve({ title: file.name, contentType: file.type, data });
    };
    reader.readAsDataURL(file);
  });
}
