import { expect, it } from 'vitest';
import { minutesLeft } from './emergency';

it('counts the last minute until it is over', () => {
  const left = (now: string) => minutesLeft('2026-11-23T16:00:00Z', Date.parse(now));
  expect(left('2026-11-23T15:00:00Z')).toBe(60);
  expect(left('2026-11-23T15:59:01Z')).toBe(1);
  expect(left('2026-11-23T16:00:00Z')).toBe(0);
  expect(left('2026-11-23T17:00:00Z')).toBe(0);
});
