import { describe, expect, it } from 'vitest';
import type { Patient } from '@kinchart/shared/fhir/types';
import {
  dueWords,
  facts,
  groupOf,
  grouped,
  holderWords,
  personWords,
  poolOf,
  queueQuery,
  type Queue,
  type Task,
} from './work';

const CODE = 'https://kinchart.org/fhir/CodeSystem/task-code';
const now = Date.parse('2026-11-23T15:00:00Z');

function task(id: string, due: string | undefined, more: Partial<Task> = {}): Task {
  return {
    resourceType: 'Task',
    id,
    status: 'requested',
    code: { coding: [{ system: CODE, code: 'privacy-review', display: 'Privacy review' }] },
    ...(due ? { restriction: { period: { end: due } } } : {}),
    ...more,
  };
}

const paused = {
  extension: [
    {
      url: 'https://kinchart.org/fhir/StructureDefinition/paused-since',
      valueInstant: '2026-11-20T15:00:00Z',
    } as { url: string },
  ],
};
const queue = (code: string, clock: Queue['clock']): Queue => ({
  code,
  title: code,
  clock,
  colleagues: [],
});

describe('the list of work', () => {
  it('puts what is overdue first, and what waits for an answer apart', () => {
    const list = [
      task('later', '2026-11-30T22:00:00Z'),
      task('waits', '2026-11-20T22:00:00Z', paused),
      task('very-late', '2026-11-18T22:00:00Z'),
      task('today', '2026-11-23T22:00:00Z'),
      task('late', '2026-11-20T22:00:00Z'),
      task('no-date', undefined),
    ];
    const shown = grouped(list, [queue('privacy-review', 'office')], now);
    expect(shown.map(([group, tasks]) => [group, tasks.map((one) => one.id)])).toEqual([
      ['late', ['very-late', 'late']],
      ['today', ['today']],
      ['later', ['later', 'no-date']],
      ['waiting', ['waits']],
    ]);
  });

  it('calls nobody late while the person has the time', () => {
    const given = task('code', '2026-11-20T22:00:00Z');
    expect(groupOf(given, 'person', now)).toBe('person');
    const consent = task('c', '2026-11-20T22:00:00Z', {
      businessStatus: { coding: [{ code: 'awaiting-patient-consent' }] },
    });
    expect(groupOf(consent, 'office', now)).toBe('waiting');
  });

  it('says how late, when, or that the clock stands still', () => {
    const words = (due: string | undefined, more: Partial<Task> = {}) => {
      const one = task('t', due, more);
      return dueWords(one, groupOf(one, 'office', now), now);
    };
    expect(words('2026-11-23T14:30:00Z')).toBe('Under an hour late');
    expect(words('2026-11-23T13:00:00Z')).toBe('2 hours late');
    expect(words('2026-11-19T13:00:00Z')).toBe('4 days late');
    expect(words('2026-12-01T22:00:00Z')).toMatch(/^Tue, Dec 1$/);
    expect(words('2026-11-19T13:00:00Z', paused)).toBe('Clock stopped');
    expect(words(undefined)).toBe('No date');
  });
});

describe('a piece of work', () => {
  it('names who has it, and the pool it stays routed to', () => {
    const mine = task('t', undefined, {
      owner: { reference: 'Practitioner/me', display: 'Me Myself' },
      extension: [
        {
          url: 'https://kinchart.org/fhir/StructureDefinition/pool',
          valueReference: { reference: 'HealthcareService/front' },
        },
      ],
    });
    expect(holderWords(mine, 'Practitioner/me')).toBe('You');
    expect(holderWords(mine, 'Practitioner/you')).toBe('Me Myself');
    expect(poolOf(mine)?.reference).toBe('HealthcareService/front');
    const routed = task('t', undefined, { owner: { reference: 'HealthcareService/front' } });
    expect(holderWords(routed, 'Practitioner/me')).toBe('Nobody yet');
    expect(poolOf(routed)?.reference).toBe('HealthcareService/front');
  });

  it('names the patient, or whoever was written down', () => {
    const patients = new Map([
      ['Patient/ana', { resourceType: 'Patient', name: [{ text: 'Ana' }] } as Patient],
    ]);
    const known = task('t', undefined, { for: { reference: 'Patient/ana' } });
    expect(personWords(known, patients)).toBe('Ana');
    const said = (code: string, valueString: string) => ({
      type: { coding: [{ code, display: code }] },
      valueString,
    });
    const unknown = task('t', undefined, {
      input: [said('given-name', 'Ivy'), said('family-name', 'Green')],
    });
    expect(personWords(unknown, patients)).toBe('Ivy Green');
    expect(facts(unknown)).toEqual([
      ['given-name', 'Ivy'],
      ['family-name', 'Green'],
    ]);
    expect(personWords(task('t', undefined), patients)).toBe('Not known yet');
  });

  it('is asked for by the house’s own codes', () => {
    const query = queueQuery([queue('a', 'office'), queue('b', 'law')]);
    expect(query.code).toBe(`${CODE}|a,${CODE}|b`);
    expect(query.status).toContain('on-hold');
  });
});
