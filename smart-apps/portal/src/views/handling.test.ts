import { describe, expect, it } from 'vitest';
import type { Communication } from '@kinchart/shared/fhir/types';
import { awayWords, handlingOf, type Service, type Task } from './handling';

const messages: Communication[] = [{ resourceType: 'Communication', id: 'm' }];
const now = Date.parse('2026-11-23T15:00:00Z');

function task(more: Partial<Task>): Task {
  return {
    resourceType: 'Task',
    status: 'requested',
    focus: { reference: 'Communication/m' },
    owner: { reference: 'HealthcareService/front' },
    restriction: { period: { end: '2026-11-24T22:00:00Z' } },
    ...more,
  };
}

describe('how a conversation stands', () => {
  const state = (more: Partial<Task>) => handlingOf(messages, [task(more)], now)?.state;
  it('says when an answer is due, and that it is late', () => {
    expect(state({})).toBe('due');
    expect(state({ restriction: { period: { end: '2026-11-20T22:00:00Z' } } })).toBe('late');
    expect(state({ status: 'completed' })).toBe('closed');
  });
  it('says when the next word is the reader’s', () => {
    const waiting = { coding: [{ code: 'waiting-for-information' }] };
    expect(state({ status: 'on-hold', businessStatus: waiting })).toBe('waits-for-you');
  });
  it('knows the group also while one of it has taken it on', () => {
    const taken = task({
      owner: { reference: 'Practitioner/amy' },
      extension: [
        {
          url: 'https://kinchart.org/fhir/StructureDefinition/pool',
          valueReference: { reference: 'HealthcareService/front' },
        },
      ],
    });
    expect(handlingOf(messages, [taken], now)?.pool?.reference).toBe('HealthcareService/front');
    expect(handlingOf(messages, [], now)).toBeUndefined();
  });
});

it('says what a group away says of itself, until it is back', () => {
  const away = (start?: string, end?: string): Service => ({
    resourceType: 'HealthcareService',
    notAvailable: [
      { description: 'Closed for the holiday', during: { ...(start && { start }), ...(end && { end }) } },
    ],
  });
  expect(awayWords(away('2026-11-23', '2026-11-23'), now)).toBe('Closed for the holiday');
  expect(awayWords(away('2026-11-20', '2026-11-22'), now)).toBeUndefined();
  expect(awayWords(away('2026-11-25'), now)).toBeUndefined();
  expect(awayWords(undefined, now)).toBeUndefined();
});
