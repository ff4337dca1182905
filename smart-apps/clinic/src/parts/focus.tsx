/** What a piece of work is about: the conversation, the relationship, the result. */

import { Fragment, type ReactElement } from 'react';
import { showDate, showDateTime } from '@kinchart/shared/fhir/dates';
import { referenceText, resultText } from '@kinchart/shared/fhir/quantity';
import { conceptText, fullName, localReference } from '@kinchart/shared/fhir/words';
import type {
  CodeableConcept,
  Communication,
  HumanName,
  Observation,
  Resource,
} from '@kinchart/shared/fhir/types';
import type { Record } from '@kinchart/shared/fhir/record';
import type { Task } from '../views/work';
import { Loaded } from './work';

interface Related extends Resource {
  resourceType: 'RelatedPerson';
  name?: HumanName[];
  relationship?: CodeableConcept[];
  birthDate?: string;
  active?: boolean;
  period?: { start?: string; end?: string };
}

export function Focus({ task }: { task: Task }): ReactElement | null {
  const about = localReference(task.focus);
  const [type] = about?.split('/') ?? [];
  if (!about) return <Sent task={task} />;
  if (type === 'Communication') return <Thread head={about} task={task} />;
  if (type === 'RelatedPerson') return <Relationship reference={about} />;
  if (type === 'Observation') return <Result reference={about} />;
  return <Sent task={task} />;
}

function Section(props: { title: string; id: string; children: ReactElement }): ReactElement {
  return (
    <section aria-labelledby={props.id}>
      <h2 id={props.id}>{props.title}</h2>
      {props.children}
    </section>
  );
}

/** Messages that were sent because of this work. */
function Sent({ task }: { task: Task }): ReactElement | null {
  const sent = sentIn(task);
  if (sent.length === 0) return null;
  return (
    <Section title="What was written" id="thread">
      <Messages load={(record) => readAll(record, sent)} keys={sent} />
    </Section>
  );
}

function sentIn(task: Task): string[] {
  return (task.output ?? [])
    .map((one) => localReference(one.valueReference))
    .filter((it): it is string => it?.startsWith('Communication/') ?? false);
}

async function readAll(record: Record, references: string[]): Promise<Communication[]> {
  const all = await Promise.all(
    references.map((it) => record.read<Communication>(it).catch(() => undefined)),
  );
  const replies = await record
    .search<Communication>('Communication', { 'part-of': references.join(',') })
    .catch(() => []);
  const found = [...all.filter((one): one is Communication => one !== undefined), ...replies];
  return [...new Map(found.map((one) => [one.id, one])).values()].sort((a, b) =>
    (a.sent ?? '').localeCompare(b.sent ?? ''),
  );
}

function Thread({ head, task }: { head: string; task: Task }): ReactElement {
  const all = [head, ...sentIn(task)];
  return (
    <Section title="Conversation" id="thread">
      <Messages load={(record) => readAll(record, all)} keys={all} />
    </Section>
  );
}

function Messages(props: {
  load: (record: Record) => Promise<Communication[]>;
  keys: readonly unknown[];
}): ReactElement {
  return (
    <Loaded load={({ record }) => props.load(record)} keys={props.keys} what="the conversation">
      {(messages) => (
        <ol className="thread">
          {messages.map((message) => (
            <li
              key={message.id}
              className={isFromStaff(message) ? 'said-by-staff' : 'said-by-person'}
            >
              <p className="thread-by">
                <strong>{senderWords(message)}</strong>{' '}
                <span className="quiet">{showDateTime(message.sent)}</span>
              </p>
              {(message.payload ?? []).map((part, at) => (
                <p key={at} className="thread-text">
                  {part.contentString}
                </p>
              ))}
            </li>
          ))}
        </ol>
      )}
    </Loaded>
  );
}

function isFromStaff(message: Communication): boolean {
  const who = localReference(message.sender) ?? '';
  return !who.startsWith('Patient/') && !who.startsWith('RelatedPerson/');
}

function senderWords(message: Communication): string {
  if (message.sender?.display) return message.sender.display;
  const who = localReference(message.sender) ?? '';
  if (who.startsWith('Patient/')) return 'The patient';
  if (who.startsWith('RelatedPerson/')) return 'Somebody who acts for the patient';
  return 'The practice';
}

function Relationship({ reference }: { reference: string }): ReactElement {
  return (
    <Section title="Who asks to act for the patient" id="related">
      <Loaded
        load={({ record }) => record.read<Related>(reference)}
        keys={[reference]}
        what="the relationship"
      >
        {(related) => {
          const rows: [string, string][] = [
            ['Name', fullName(related.name)],
            ['Relationship', conceptText(related.relationship?.[0], 'not said')],
            ['Born', related.birthDate ? showDate(related.birthDate, 'medium') : ''],
            ['Access', related.active ? 'has access now' : 'has no access yet'],
            ['Until', related.period?.end ? showDate(related.period.end, 'medium') : ''],
          ];
          return <Facts rows={rows} />;
        }}
      </Loaded>
    </Section>
  );
}

function Result({ reference }: { reference: string }): ReactElement {
  return (
    <Section title="The result" id="result">
      <Loaded
        load={({ record }) => record.read<Observation>(reference)}
        keys={[reference]}
        what="the result"
      >
        {(one) => (
          <Facts
            rows={[
              [conceptText(one.code, 'Result'), resultText(one)],
              ['Usual', referenceText(one) ?? ''],
              ['Measured', showDateTime(one.effectiveDateTime)],
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

function Facts({ rows }: { rows: [string, string][] }): ReactElement {
  return (
    <dl className="said">
      {rows.map(([term, value]) => (
        <Fragment key={term}>
          {value && (
            <div>
              <dt>{term}</dt>
              <dd>{value}</dd>
            </div>
          )}
        </Fragment>
      ))}
    </dl>
  );
}
