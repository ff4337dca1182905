import { describe, expect, it } from 'vitest';
import {
  quantityText,
  rangeText,
  referenceText,
  resultText,
  unitText,
  valueText,
  verdict,
} from './quantity';
import type { Observation } from './types';

const code = { text: 'Test' };
const observation = (parts: Partial<Observation>): Observation => ({
  resourceType: 'Observation',
  code,
  ...parts,
});

describe('values', () => {
  it('shows digits untouched with a readable unit', () => {
    expect(quantityText({ value: '7.20', unit: 'g/dL' })).toBe('7.20 g/dL');
    expect(quantityText({ value: '98.60', code: '[degF]' })).toBe('98.60°F');
    expect(quantityText({ value: '5', comparator: '<', unit: 'mg/L' })).toBe('less than 5 mg/L');
    expect(quantityText({ value: '-2.5', unit: 'mmol/L' })).toBe('−2.5 mmol/L');
    expect(quantityText({ unit: 'mg' })).toBeUndefined();
  });
  it('reads UCUM codes', () => {
    expect(unitText({ code: 'mm[Hg]' })).toBe('mmHg');
    expect(unitText({ code: '/min' })).toBe('per minute');
    expect(unitText({ code: '{score}' })).toBe('');
  });
  it('says each kind of value', () => {
    expect(valueText({ valueBoolean: false })).toBe('No');
    expect(valueText({ valueInteger: '12' })).toBe('12');
    expect(valueText({ valueString: '' })).toBe('');
    expect(valueText({ valueCodeableConcept: { coding: [{ display: 'Not detected' }] } })).toBe(
      'Not detected',
    );
    expect(
      valueText({ valueRatio: { numerator: { value: '1' }, denominator: { value: '128' } } }),
    ).toBe('1 : 128');
    expect(valueText({})).toBeUndefined();
  });
  it('writes blood pressure the way people say it', () => {
    const part = (loinc: string, value: string) => ({
      code: { coding: [{ code: loinc }] },
      valueQuantity: { value, unit: 'mm[Hg]' },
    });
    expect(
      resultText(observation({ component: [part('8462-4', '82'), part('8480-6', '128')] })),
    ).toBe('128/82 mmHg');
  });
  it('says why there is no value', () => {
    expect(resultText(observation({ dataAbsentReason: { text: 'Not performed' } }))).toBe(
      'Not performed',
    );
    expect(resultText(observation({}))).toBe('No value was recorded');
  });
});

describe('ranges', () => {
  it('says ranges with one or two ends', () => {
    expect(
      rangeText({ low: { value: '3.5', unit: 'mmol/L' }, high: { value: '5.10', unit: 'mmol/L' } }),
    ).toBe('3.5 to 5.10 mmol/L');
    expect(rangeText({ high: { value: '200', unit: 'mg/dL' } })).toBe('200 mg/dL or less');
    expect(rangeText({ low: { value: '60', unit: '%' } })).toBe('60% or more');
  });
  it('borrows the unit of the value when the range has none', () => {
    expect(
      referenceText({
        valueQuantity: { value: '4', unit: 'g/L' },
        referenceRange: [{ low: { value: '3' }, high: { value: '5' } }],
      }),
    ).toBe('3 to 5 g/L');
  });
  it('falls back to the words of the range', () => {
    expect(referenceText({ referenceRange: [{ text: 'Negative' }] })).toBe('Negative');
  });
});

describe('verdicts', () => {
  const range = [{ low: { value: '3.5' }, high: { value: '5.1' } }];
  it('believes the laboratory before the numbers', () => {
    expect(
      verdict({
        valueQuantity: { value: '9' },
        referenceRange: range,
        interpretation: [{ coding: [{ code: 'N' }] }],
      }),
    ).toBe('usual');
    expect(verdict({ interpretation: [{ coding: [{ code: 'HH' }] }] })).toBe('very-high');
  });
  it('compares with the range when the laboratory says nothing', () => {
    expect(verdict({ valueQuantity: { value: '3.49' }, referenceRange: range })).toBe('low');
    expect(verdict({ valueQuantity: { value: '5.10' }, referenceRange: range })).toBe('usual');
    expect(verdict({ valueQuantity: { value: '5.11' }, referenceRange: range })).toBe('high');
  });
  it('stays silent when it cannot tell', () => {
    expect(
      verdict({ valueQuantity: { value: '5', comparator: '<' }, referenceRange: range }),
    ).toBeUndefined();
    expect(verdict({ valueQuantity: { value: '5' } })).toBeUndefined();
    expect(verdict({ valueString: 'ok', referenceRange: range })).toBeUndefined();
  });
});
