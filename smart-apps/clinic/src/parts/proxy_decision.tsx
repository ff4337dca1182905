/** Deciding who may act for somebody, or that a minor is emancipated. */

import { useState, type FormEvent, type ReactElement } from 'react';
import type { Piece } from '../pages/task';
import type { Parameter } from '../session/workspace';
import { codeOf, inputFlag, inputText } from '../views/work';
import { FindPerson } from './find_person';
import { Deciding, Field, OneOf, Tick } from './field';
import { Trouble, useVerb, type Done } from './verb';
import { useWork } from './work';

type Verdict = 'approve' | 'reject' | 'ask';

const TOLD: { [verdict in Verdict]: string } = {
  approve: 'Approved. Both sides are told.',
  reject: 'Not granted. Whoever asked is told so, without the reason.',
  ask: 'A paper was asked for. It waits until one is handed in.',
};

export const LEVELS: [string, string][] = [
  ['full', 'Everything'],
  ['view-all', 'To look at everything'],
  ['scheduling-billing', 'Appointments and bills'],
];

export function ProxyDecision(props: {
  piece: Piece;
  done: Done;
}): ReactElement {
  const { task } = props.piece;
  const { workspace } = useWork();
  const verb = useVerb(props.done, true);
  const [verdict, setVerdict] = useState<Verdict>('approve');
  const [ground, setGround] = useState('');
  const [reason, setReason] = useState('');
  const [patient, setPatient] = useState('');
  const asked = inputText(task, 'proxy-level');
  const [level, setLevel] = useState(LEVELS.some(([code]) => code === asked) ? asked : '');
  const [end, setEnd] = useState(inputText(task, 'proxy-end'));
  // Less was asked for: it is not widened here.
  const looksOnly = inputFlag(task, 'proxy-read-only');
  const asksPlain = inputFlag(task, 'proxy-plain');
  const [readOnly, setReadOnly] = useState(looksOnly);
  const [plain, setPlain] = useState(asksPlain);
  const [attester, setAttester] = useState('');
  const emancipates = codeOf(task) === 'emancipation-verification';
  const kind = inputText(task, 'proxy-relationship');
  const parental = asked === 'parent' || kind === 'parent' || kind === 'guardian';
  const unknown = !emancipates && !task.for;
  const approves = verdict === 'approve';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given: Parameter[] = [{ name: 'decision', valueCode: verdict }];
    const say = (name: string, text: string) => {
      if (text.trim()) given.push({ name, valueString: text.trim() });
    };
    say('ground', ground);
    say('reason', reason);
    if (approves && !emancipates) {
      if (patient) given.push({ name: 'patient', valueReference: { reference: patient } });
      if (level && !parental) given.push({ name: 'level', valueCode: level });
      if (end) given.push({ name: 'end', valueDate: end });
      if (readOnly) given.push({ name: 'read-only', valueBoolean: true });
      if (plain) given.push({ name: 'without-sensitive', valueBoolean: true });
      if (attester)
        given.push({ name: 'attested-by', valueReference: { reference: attester } });
    }
    verb.run(() => workspace.operate(`Task/${task.id ?? ''}/$proxy-decide`, given), TOLD[verdict]);
  };
  return (
    <Deciding submit={submit}>
      <OneOf legend="Decision" name="verdict" all={choices(emancipates)} value={verdict} choose={setVerdict} />
      {approves && unknown && (
        <FindPerson
          label="Whose proxy it is"
          start={inputText(task, 'patient-name')}
          choose={setPatient}
          chosen={patient}
        />
      )}
      {approves && (
        <Field
          id="ground"
          label="What was seen"
          hint="A paper by name, identity at the desk, a consent the patient signed."
        >
          {(more) => (
            <input
              {...more}
              value={ground}
              maxLength={1000}
              onChange={(event) => setGround(event.target.value)}
            />
          )}
        </Field>
      )}
      {approves && !emancipates && (
        <>
          {!parental && (
            <Field id="level" label="How much">
              {(more) => (
                <select {...more} value={level} onChange={(e) => setLevel(e.target.value)}>
                  <option value="">As asked{asked ? ` (${asked})` : ''}</option>
                  {LEVELS.map(([code, words]) => (
                    <option key={code} value={code}>
                      {words}
                    </option>
                  ))}
                </select>
              )}
            </Field>
          )}
          {parental && (
            <p className="quiet">
              For a parent or guardian the child’s age decides how much, from day to day.
            </p>
          )}
          <Field id="end" label="Last day, if it ends">
            {(more) => (
              <input {...more} type="date" value={end} onChange={(e) => setEnd(e.target.value)} />
            )}
          </Field>
          {kind === 'diminished-capacity' && (
            <Field id="attester" label="Attested by (Practitioner/…)">
              {(more) => (
                <input
                  {...more}
                  value={attester}
                  onChange={(event) => setAttester(event.target.value.trim())}
                />
              )}
            </Field>
          )}
          <fieldset className="choices">
            <legend>Less than that</legend>
            <Tick id="read-only" on={readOnly} disabled={looksOnly} turn={setReadOnly}>
              To look, but to change nothing
            </Tick>
            <Tick id="plain" on={plain} disabled={asksPlain} turn={setPlain}>
              Without what is labelled sensitive
            </Tick>
          </fieldset>
        </>
      )}
      {!approves && (
        <Field
          id="reason"
          label={verdict === 'reject' ? 'Why not' : 'What is missing'}
          hint="A note for colleagues; whoever asked does not get it."
        >
          {(more) => (
            <textarea
              {...more}
              rows={3}
              maxLength={1000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
      )}
      <Trouble fault={verb.fault} />
      <p className="actions">
        <button
          type="submit"
          className="button"
          disabled={verb.busy || (approves && unknown && !patient)}
        >
          {choices(emancipates).find(([code]) => code === verdict)?.[1]}
        </button>
      </p>
    </Deciding>
  );
}

function choices(emancipates: boolean): [Verdict, string][] {
  const approve = emancipates ? 'The order is verified' : 'Approve';
  return [
    ['approve', approve],
    ['ask', 'Ask for a paper'],
    ['reject', 'Do not grant'],
  ];
}
