import { expect, test } from 'vitest';
import type { Observation, Patient } from '@kinchart/shared/fhir/types';
import { boysHeight, girlsBmi } from './curves';
import { measures, percentile, percentileWords, pointsOf, valueAt, zScore } from './growth';

test('the median of an age is the table’s, and halfway between two rows it is between them', () => {
  expect(valueAt(boysHeight, 10, 0)).toBeCloseTo(138.619, 3);
  expect(valueAt(boysHeight, 10.5, 0)).toBeCloseTo((138.619 + 143.521) / 2, 3);
  expect(valueAt(boysHeight, 40, 0)).toBeCloseTo(176.849, 3);
});

test('a z-score leads back to its value, on skewed curves too', () => {
  for (const z of [-2, -1, 0, 1, 1.8]) {
    expect(zScore(girlsBmi, 8.3, valueAt(girlsBmi, 8.3, z))).toBeCloseTo(z, 6);
  }
});

test('percentiles are those of the normal distribution', () => {
  expect(percentile(0)).toBeCloseTo(50, 4);
  expect(percentile(1.645)).toBeCloseTo(95, 1);
  expect(percentile(-1.645)).toBeCloseTo(5, 1);
  expect(percentileWords(0)).toBe('50th percentile');
  expect(percentileWords(-0.77)).toBe('22nd percentile');
  expect(percentileWords(-1.2)).toBe('12th percentile');
  expect(percentileWords(3)).toBe('above the 99th percentile');
  expect(percentileWords(-3)).toBe('below the 1st percentile');
});

test('measurements are put in order, in centimetres, and others are left out', () => {
  const patient: Patient = { resourceType: 'Patient', birthDate: '2015-01-01' };
  const seen = (date: string, value: string, code: string, status = 'final'): Observation => ({
    resourceType: 'Observation',
    status,
    code: { coding: [{ code: '8302-2' }] },
    effectiveDateTime: date,
    valueQuantity: { value, code },
  });
  const height = measures[0];
  if (!height) throw new Error('no height');
  const points = pointsOf(height, patient, [
    seen('2020-01-01', '1.1', 'm'),
    seen('2019-01-01', '40', '[in_i]'),
    seen('2018-01-01', '95', 'cm', 'entered-in-error'),
    seen('2014-01-01', '95', 'cm'),
    seen('2021-01-01', '95', 'parsec'),
  ]);
  expect(points.map((p) => Math.round(p.value * 10) / 10)).toEqual([101.6, 110]);
});
