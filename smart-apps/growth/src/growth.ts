/** Measurements of a child against the curves of all children. */

import type { Observation, Patient } from '@kinchart/shared/fhir/types';
import {
  boysBmi,
  boysHead,
  boysHeight,
  girlsBmi,
  girlsHead,
  girlsHeight,
  type Row,
} from './curves';

export interface Point {
  /** Years, with a fraction. */
  age: number;
  date: string;
  value: number;
}

export interface Measure {
  key: 'height' | 'bmi' | 'head';
  name: string;
  unit: string;
  codes: readonly string[];
  rows: { girl: readonly Row[]; boy: readonly Row[] };
}

export const measures: readonly Measure[] = [
  {
    key: 'height',
    name: 'Length or height for age',
    unit: 'cm',
    codes: ['8302-2', '8306-3', '8308-9'],
    rows: { girl: girlsHeight, boy: boysHeight },
  },
  {
    key: 'bmi',
    name: 'Body mass index for age',
    unit: 'kg/m²',
    codes: ['39156-5'],
    rows: { girl: girlsBmi, boy: boysBmi },
  },
  {
    key: 'head',
    name: 'Head circumference for age',
    unit: 'cm',
    codes: ['9843-4', '8287-5'],
    rows: { girl: girlsHead, boy: boysHead },
  },
];

const YEAR_MS = 365.25 * 86_400_000;

/** L, M and S at an age; between rows all three are interpolated. */
function parameters(rows: readonly Row[], age: number): readonly [number, number, number] {
  const after = rows.findIndex((row) => row[0] >= age);
  const high = rows[after === -1 ? rows.length - 1 : after] ?? [0, 1, 1, 1];
  const low = rows[Math.max(0, (after === -1 ? rows.length - 1 : after) - 1)] ?? high;
  const span = high[0] - low[0];
  const share = span > 0 ? Math.min(1, Math.max(0, (age - low[0]) / span)) : 0;
  const mix = (a: number, b: number) => a + (b - a) * share;
  return [mix(low[1], high[1]), mix(low[2], high[2]), mix(low[3], high[3])];
}

/** The value so many standard deviations from the median of an age. */
export function valueAt(rows: readonly Row[], age: number, z: number): number {
  const [l, m, s] = parameters(rows, age);
  return Math.abs(l) < 0.01 ? m * Math.exp(s * z) : m * (1 + l * s * z) ** (1 / l);
}

/** Standard deviations from the median of the age. */
export function zScore(rows: readonly Row[], age: number, value: number): number {
  const [l, m, s] = parameters(rows, age);
  return Math.abs(l) < 0.01 ? Math.log(value / m) / s : ((value / m) ** l - 1) / (l * s);
}

/** The share of children, in percent, below a z-score (Abramowitz and Stegun 26.2.17). */
export function percentile(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return 100 * (z < 0 ? tail : 1 - tail);
}

/** `below the 1st`, `45th`, `above the 99th` percentile. */
export function percentileWords(z: number): string {
  const p = Math.round(percentile(z));
  if (p < 1) return 'below the 1st percentile';
  if (p > 99) return 'above the 99th percentile';
  const last = p % 10;
  const teen = p % 100 >= 11 && p % 100 <= 13;
  const ending = teen ? 'th' : last === 1 ? 'st' : last === 2 ? 'nd' : last === 3 ? 'rd' : 'th';
  return `${p}${ending} percentile`;
}

/** In the measure's own unit; undefined for a unit nobody expects. */
function inUnit(measure: Measure, observation: Observation): number | undefined {
  const quantity = observation.valueQuantity;
  const value = Number(quantity?.value);
  if (!quantity || Number.isNaN(value)) return undefined;
  const unit = quantity.code ?? quantity.unit;
  if (measure.key === 'bmi') return unit === 'kg/m2' ? value : undefined;
  if (unit === 'cm') return value;
  if (unit === 'm') return value * 100;
  return unit === '[in_i]' ? value * 2.54 : undefined;
}

/** The measurements of one kind up to twenty years, oldest first. */
export function pointsOf(measure: Measure, patient: Patient, all: Observation[]): Point[] {
  const born = Date.parse(patient.birthDate ?? '');
  const last = measure.rows.girl[measure.rows.girl.length - 1]?.[0] ?? 20;
  return all
    .filter((o) => o.status !== 'entered-in-error' && o.status !== 'cancelled')
    .filter((o) => (o.code.coding ?? []).some((c) => measure.codes.includes(c.code ?? '')))
    .flatMap((o): Point[] => {
      const value = inUnit(measure, o);
      const date = o.effectiveDateTime ?? '';
      const age = (Date.parse(date) - born) / YEAR_MS;
      return value !== undefined && age >= 0 && age <= last ? [{ age, date, value }] : [];
    })
    .sort((a, b) => a.age - b.age);
}
