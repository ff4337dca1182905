import { describe, expect, it } from 'vitest';
import { howFar, instant, newestFirst, showDate, showDateTime, soonestFirst } from './dates';

describe('dates keep the precision they came with', () => {
  it.each([
    ['2013', '2013'],
    ['2013-11', 'November 2013'],
    ['2013-11-21', 'November 21, 2013'],
    ['2026-06-15T23:30:00-04:00', 'June 15, 2026'],
    ['not a date', 'Date not given'],
  ])('%s', (sent, shown) => expect(showDate(sent)).toBe(shown));
  it('adds the time only where one was sent', () => {
    expect(showDateTime('2026-06-15T13:30:00Z')).toBe('June 15, 2026 at 9:30 AM');
    expect(showDateTime('2026-06-15')).toBe('June 15, 2026');
    expect(showDateTime(undefined, '')).toBe('');
  });
});

describe('order and distance', () => {
  it('sorts across offsets, and puts what has no date last', () => {
    const dates = [undefined, '2026-01-01T00:30:00+02:00', '2026-01-01', '2025-12-31T23:00:00Z'];
    expect(newestFirst(dates, (d) => d)).toEqual([
      '2026-01-01',
      '2025-12-31T23:00:00Z',
      '2026-01-01T00:30:00+02:00',
      undefined,
    ]);
    expect(soonestFirst(dates, (d) => d)[3]).toBeUndefined();
  });
  it('says how far away a day is', () => {
    const now = instant('2026-06-15T12:00:00-04:00');
    expect(
      ['2026-06-15T08:00:00-04:00', '2026-06-16T08:00:00-04:00', '2026-06-10', '2026-07-06'].map(
        (d) => howFar(d, now),
      ),
    ).toEqual(['today', 'tomorrow', '5 days ago', 'in 3 weeks']);
  });
});
