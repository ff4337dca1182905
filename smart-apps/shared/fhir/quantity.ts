/** Values as they were measured: digits untouched, units readable, ranges in words. */

import { showDate, showDateTime } from './dates';
import { conceptText, hasCode, listed } from './words';
import type { Digits, Measured, Observation, Quantity, Range, ReferenceRange } from './types';

const UNITS: { [code: string]: string } = {
  'mm[Hg]': 'mmHg',
  '[degF]': '°F',
  Cel: '°C',
  '[lb_av]': 'lb',
  '[in_i]': 'in',
  '[oz_av]': 'oz',
  '/min': 'per minute',
  '{beats}/min': 'beats per minute',
  '10*3/uL': '×10³/µL',
  '10*6/uL': '×10⁶/µL',
  '10*9/L': '×10⁹/L',
  '10*12/L': '×10¹²/L',
  'kg/m2': 'kg/m²',
  'mL/min/{1.73_m2}': 'mL/min/1.73 m²',
  ug: 'µg',
  'ug/L': 'µg/L',
  'ug/dL': 'µg/dL',
  uL: 'µL',
  a: 'years',
  d: 'days',
  h: 'hours',
  min: 'minutes',
  mo: 'months',
  wk: 'weeks',
  '{score}': '',
  '1': '',
  '{ratio}': '',
  '{breaths}/min': 'breaths per minute',
  'm[IU]/L': 'mIU/L',
  'u[IU]/mL': 'µIU/mL',
  '[IU]/L': 'IU/L',
  '[pH]': 'pH',
};

/** A unit as people read it, from a printed unit or a UCUM code. */
export function unitText(quantity: Quantity | undefined): string {
  const unit = quantity?.unit ?? quantity?.code ?? '';
  return UNITS[unit] ?? unit.replace(/\{[^}]*\}/g, '').replace(/^\//, 'per ');
}

const COMPARATORS: { [code: string]: string } = {
  '<': 'less than ',
  '<=': 'at most ',
  '>': 'more than ',
  '>=': 'at least ',
};

export function quantityText(quantity: Quantity | undefined): string | undefined {
  if (quantity?.value === undefined) return undefined;
  return join(
    `${COMPARATORS[quantity.comparator ?? ''] ?? ''}${minus(quantity.value)}`,
    unitText(quantity),
  );
}

function join(value: string, unit: string): string {
  if (!unit) return value;
  return unit === '%' || unit.startsWith('°') ? `${value}${unit}` : `${value} ${unit}`;
}

/** A real minus sign, so that it is read and seen as one. */
function minus(digits: Digits): string {
  return digits.startsWith('-') ? `−${digits.slice(1)}` : digits;
}

export function rangeText(range: Range | undefined): string | undefined {
  const low = range?.low?.value;
  const high = range?.high?.value;
  const unit = unitText(range?.high ?? range?.low);
  if (low !== undefined && high !== undefined) return join(`${minus(low)} to ${minus(high)}`, unit);
  if (low !== undefined) return `${join(minus(low), unit)} or more`;
  if (high !== undefined) return `${join(minus(high), unit)} or less`;
  return undefined;
}

/** A measured value in words, or the reason there is none. Undefined when nothing was sent. */
export function valueText(measured: Measured): string | undefined {
  if (measured.valueQuantity) return quantityText(measured.valueQuantity);
  if (measured.valueCodeableConcept) return conceptText(measured.valueCodeableConcept);
  if (measured.valueString !== undefined) return measured.valueString;
  if (measured.valueBoolean !== undefined) return measured.valueBoolean ? 'Yes' : 'No';
  if (measured.valueInteger !== undefined) return minus(measured.valueInteger);
  if (measured.valueRange) return rangeText(measured.valueRange);
  if (measured.valueRatio) {
    const parts = [
      quantityText(measured.valueRatio.numerator),
      quantityText(measured.valueRatio.denominator),
    ];
    return parts.filter(Boolean).join(' : ');
  }
  if (measured.valueDateTime) return showDateTime(measured.valueDateTime);
  if (measured.valueTime) return measured.valueTime.slice(0, 5);
  if (measured.valuePeriod)
    return [measured.valuePeriod.start, measured.valuePeriod.end]
      .map((d) => showDate(d, 'medium', '…'))
      .join(' to ');
  return undefined;
}

/** The whole result of an Observation in one line; blood pressure as `128/82 mmHg`. */
export function resultText(observation: Observation): string {
  const own = valueText(observation);
  if (own !== undefined) return own;
  const parts = observation.component ?? [];
  const systolic = parts.find((part) => hasCode(part.code, '8480-6', '96608-5'))?.valueQuantity;
  const diastolic = parts.find((part) => hasCode(part.code, '8462-4', '96609-3'))?.valueQuantity;
  if (systolic?.value && diastolic?.value)
    return `${systolic.value}/${diastolic.value} ${unitText(systolic) || 'mmHg'}`;
  const said = parts.flatMap((part) => {
    const value = valueText(part);
    return value === undefined ? [] : [`${conceptText(part.code)}: ${value}`];
  });
  if (said.length > 0) return listed(said);
  return (
    conceptText(observation.dataAbsentReason) ||
    (observation.hasMember ? 'See the parts below' : 'No value was recorded')
  );
}

/** The range that applies to a healthy person; the first without a type, else `normal`, else the first. */
export function usualRange(measured: Measured): ReferenceRange | undefined {
  const ranges = measured.referenceRange ?? [];
  return ranges.find((r) => !r.type) ?? ranges.find((r) => hasCode(r.type, 'normal')) ?? ranges[0];
}

export function referenceText(measured: Measured): string | undefined {
  const range = usualRange(measured);
  if (!range) return undefined;
  const unit = { unit: measured.valueQuantity?.unit, code: measured.valueQuantity?.code };
  return (
    rangeText({
      low: range.low && { ...unit, ...range.low },
      high: range.high && { ...unit, ...range.high },
    }) ?? range.text
  );
}

export type Verdict =
  | 'usual'
  | 'low'
  | 'high'
  | 'very-low'
  | 'very-high'
  | 'unusual'
  | 'positive'
  | 'negative'
  | 'unclear';

const VERDICTS: { [code: string]: Verdict } = {
  N: 'usual',
  L: 'low',
  H: 'high',
  LU: 'low',
  HU: 'high',
  LL: 'very-low',
  HH: 'very-high',
  A: 'unusual',
  AA: 'unusual',
  POS: 'positive',
  DET: 'positive',
  NEG: 'negative',
  ND: 'negative',
  IND: 'unclear',
  E: 'unclear',
};

/** What the laboratory said, else what the numbers and the range say. Undefined when neither tells. */
export function verdict(measured: Measured): Verdict | undefined {
  for (const concept of measured.interpretation ?? []) {
    for (const coding of concept.coding ?? []) {
      const known = VERDICTS[coding.code ?? ''];
      if (known) return known;
    }
  }
  const value = measured.valueQuantity;
  const range = usualRange(measured);
  if (value?.value === undefined || value.comparator || (!range?.low?.value && !range?.high?.value))
    return undefined;
  const number = Number(value.value);
  if (range.low?.value !== undefined && number < Number(range.low.value)) return 'low';
  if (range.high?.value !== undefined && number > Number(range.high.value)) return 'high';
  return 'usual';
}

export const verdictWords: { readonly [verdict in Verdict]: string } = {
  usual: 'In the usual range',
  low: 'Below the usual range',
  high: 'Above the usual range',
  'very-low': 'Far below the usual range',
  'very-high': 'Far above the usual range',
  unusual: 'Not the usual result',
  positive: 'Positive',
  negative: 'Negative',
  unclear: 'Unclear',
};

/** The verdict on a value in words; only numbers have a range to be in. */
export function verdictText(measured: Measured): string | undefined {
  const judged = verdict(measured);
  if (judged === 'usual' && !measured.valueQuantity) return 'A usual result';
  return judged && verdictWords[judged];
}

/** Should the eye be drawn to it? */
export function needsAttention(v: Verdict | undefined): boolean {
  return v !== undefined && v !== 'usual' && v !== 'negative';
}
