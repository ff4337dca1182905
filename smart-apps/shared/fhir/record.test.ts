import { describe, expect, it } from 'vitest';
import { Fault } from './fault';
import { Record, decodeBase64 } from './record';
import type { Observation } from './types';

const base = 'https://h.example/fhir';

/** A server of prepared answers; what was asked is noted. */
function serverOf(answers: { [path: string]: unknown }, status = 200) {
  const asked: string[] = [];
  const send = (url: string) => {
    asked.push(url.replace(base, ''));
    const answer = answers[url.replace(base, '')] ?? {};
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
    const type = typeof answer === 'string' ? 'text/plain' : 'application/fhir+json';
    return Promise.resolve(new Response(text, { status, headers: { 'content-type': type } }));
  };
  return { send, asked };
}

const observation = (id: string) => ({ resource: { resourceType: 'Observation', id } });

describe('searching', () => {
  it('follows next links to the end and keeps each resource once', async () => {
    const { send } = serverOf({
      '/Observation?patient=p': {
        entry: [observation('1'), observation('2')],
        link: [{ relation: 'next', url: `${base}/Observation?page=2` }],
      },
      '/Observation?page=2': { entry: [observation('2'), observation('3')] },
    });
    const found = await new Record(base, send).search<Observation>('Observation', { patient: 'p' });
    expect(found.map((o) => o.id)).toEqual(['1', '2', '3']);
  });
  it('keeps warnings and includes out of the matches', async () => {
    const { send } = serverOf({
      '/Observation?patient=p': {
        entry: [
          observation('1'),
          { resource: { resourceType: 'Patient', id: 'p' }, search: { mode: 'include' } },
          { resource: { resourceType: 'OperationOutcome' }, search: { mode: 'outcome' } },
        ],
      },
    });
    const record = new Record(base, send);
    expect(await record.search<Observation>('Observation', { patient: 'p' })).toHaveLength(1);
    expect(await record.searchAll('Observation', { patient: 'p' })).toHaveLength(2);
  });
  it('never carries the token to another server', async () => {
    const { send, asked } = serverOf({
      '/Observation?patient=p': {
        link: [{ relation: 'next', url: 'https://evil.example/fhir/x' }],
      },
    });
    const record = new Record(base, send);
    await expect(record.searchAll('Observation', { patient: 'p' })).rejects.toBeInstanceOf(Fault);
    await expect(record.text('https://h.example/elsewhere/Binary/1')).rejects.toBeInstanceOf(Fault);
    expect(asked).toEqual(['/Observation?patient=p']);
  });
  it('asks once for pages that are visited again, and afresh after forgetting', async () => {
    const { send, asked } = serverOf({});
    const record = new Record(base, send);
    await record.searchAll('Condition', { patient: 'p' });
    await record.searchAll('Condition', { patient: 'p' });
    expect(asked).toHaveLength(1);
    record.forget();
    await record.searchAll('Condition', { patient: 'p' });
    expect(asked).toHaveLength(2);
  });
  it('finds out whether there is anything without fetching it', async () => {
    const { send } = serverOf({
      '/Immunization?patient=p&_summary=count': { total: 41 },
      '/Appointment?patient=p&_summary=count': { total: 0 },
    });
    const record = new Record(base, send);
    expect(await record.finds('Immunization', { patient: 'p' })).toBe(true);
    expect(await record.finds('Appointment', { patient: 'p' })).toBe(false);
  });
  it('tells the server’s time from the first page', async () => {
    const { send } = serverOf({
      '/Flag?a=b': { meta: { lastUpdated: '2026-06-15T16:00:00Z' } },
      '/Organization?_summary=count': { meta: { lastUpdated: '2026-06-15T16:00:01Z' } },
    });
    const times: string[] = [];
    const record = new Record(base, send, (time) => times.push(time));
    await record.searchAll('Flag', { a: 'b' });
    await record.askTime();
    expect(times).toEqual(['2026-06-15T16:00:00Z', '2026-06-15T16:00:01Z']);
  });
});

describe('faults', () => {
  it.each([
    [401, 'signed-out'],
    [403, 'not-permitted'],
    [404, 'not-found'],
    [410, 'not-found'],
    [503, 'unavailable'],
    [500, 'unexpected'],
  ])('%i is %s', async (status, kind) => {
    const { send } = serverOf({}, status);
    await expect(new Record(base, send).read('Patient/p')).rejects.toMatchObject({ kind, status });
  });
});

describe('text', () => {
  it('reads a Binary sent as FHIR or as itself', async () => {
    const { send } = serverOf({
      '/Binary/a': { resourceType: 'Binary', data: btoa('plain words') },
      '/Binary/b': 'bare words',
    });
    const record = new Record(base, send);
    expect(await record.text('Binary/a')).toBe('plain words');
    expect(await record.text(`${base}/Binary/b`)).toBe('bare words');
  });
  it('reads UTF-8', () => expect(decodeBase64('w6nigJk=')).toBe('é’'));
});
