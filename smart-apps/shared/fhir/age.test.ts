import { describe, expect, it } from 'vitest';
import { ageInWords, attained, dayIn, yearsOld } from './age';

const zone = 'America/New_York';

describe('birthdays turn at the first instant of the local day', () => {
  it('is not yet thirteen one second before midnight', () => {
    expect(attained('2013-11-21', 13, dayIn(zone, Date.parse('2026-11-20T23:59:59-05:00')))).toBe(
      false,
    );
    expect(attained('2013-11-21', 13, dayIn(zone, Date.parse('2026-11-21T00:00:00-05:00')))).toBe(
      true,
    );
  });
  it('counts in the zone of the organization, not of the reader', () => {
    expect(attained('2013-11-21', 13, dayIn(zone, Date.parse('2026-11-21T04:59:59Z')))).toBe(false);
    expect(attained('2013-07-04', 13, dayIn(zone, Date.parse('2026-07-04T04:00:00Z')))).toBe(true);
  });
  it('holds the birthday of February 29 on March 1 of a common year', () => {
    expect(attained('2012-02-29', 13, { year: 2025, month: 2, day: 28 })).toBe(false);
    expect(attained('2012-02-29', 13, { year: 2025, month: 3, day: 1 })).toBe(true);
  });
  it('takes the earliest day a partial date allows', () => {
    expect(attained('2013', 13, { year: 2026, month: 1, day: 1 })).toBe(true);
    expect(attained('2013-11', 13, { year: 2026, month: 10, day: 31 })).toBe(false);
    expect(attained('2013-11', 13, { year: 2026, month: 11, day: 1 })).toBe(true);
  });
});

describe('age in words', () => {
  const today = { year: 2026, month: 6, day: 15 };
  it.each([
    ['1984-06-15', '42 years old'],
    ['1984-06-16', '41 years old'],
    ['2025-07-10', '11 months old'],
    ['2026-05-14', '1 month old'],
    ['2026-06-14', '1 day old'],
    ['2026-06-15', '0 days old'],
    ['1950', 'about 76 years old'],
  ])('%s', (born, words) => expect(ageInWords(born, today)).toBe(words));
  it('says nothing about a missing or future birth date', () => {
    expect(ageInWords(undefined, today)).toBeUndefined();
    expect(ageInWords('2026-07-01', today)).toBeUndefined();
  });
  it('counts years', () => expect(yearsOld('2013-11-21', today)).toBe(12));
});
