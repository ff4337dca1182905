import { expect, test } from 'vitest';
import { isEmpty, queryOf, readFinding } from './finding';

test('names, a birth date and a record number are told apart in any order', () => {
  expect(readFinding('rivera, ana')).toEqual({ names: ['rivera', 'ana'] });
  expect(readFinding('1984-02-03 doe')).toEqual({ names: ['doe'], birthDate: '1984-02-03' });
  expect(readFinding('2/3/1984')).toEqual({ names: [], birthDate: '1984-02-03' });
  expect(readFinding('RB123456')).toEqual({ names: [], identifier: 'RB123456' });
  expect(isEmpty(readFinding(' , '))).toBe(true);
});

test('every word of a name must fit, and no character means more than itself', () => {
  expect(queryOf(readFinding('ana riv|era')).toString()).toBe(
    'name=ana&name=rivera&_sort=family&_count=30',
  );
});
