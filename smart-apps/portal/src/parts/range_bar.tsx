/** Where a value lies against its usual range, drawn to scale. */

import type { ReactElement } from 'react';
import { needsAttention, referenceText, usualRange, verdict, verdictWords } from '@kinchart/shared/fhir/quantity';
import type { Measured } from '@kinchart/shared/fhir/types';

const WIDTH = 240;
const EDGE = 10;

export function RangeBar({ measured }: { measured: Measured }): ReactElement | null {
  const value = Number(measured.valueQuantity?.value);
  const range = usualRange(measured);
  const low = number(range?.low?.value);
  const high = number(range?.high?.value);
  if (
    measured.valueQuantity?.value === undefined ||
    Number.isNaN(value) ||
    (low === undefined && high === undefined)
  )
    return null;
  const scale = scaleFor(low, high);
  const from = low === undefined ? EDGE : scale(low);
  const to = high === undefined ? WIDTH - EDGE : scale(high);
  const at = scale(value);
  const judged = verdict(measured);
  const words = `${judged ? `${verdictWords[judged]}. ` : ''}Usual range: ${referenceText(measured) ?? 'not given'}.`;
  return (
    <svg className="range-bar" viewBox={`0 0 ${WIDTH} 22`} role="img" aria-label={words}>
      <rect className="range-track" x="0" y="9" width={WIDTH} height="6" rx="3" />
      <rect
        className="range-usual"
        x={from}
        y="9"
        width={Math.max(4, to - from)}
        height="6"
        rx="3"
      />
      <circle
        className={needsAttention(judged) ? 'range-mark range-mark-out' : 'range-mark'}
        cx={at}
        cy="12"
        r="7"
      />
    </svg>
  );
}

/** Half a range of room on each side; what lies further out is drawn at the edge. */
function scaleFor(low: number | undefined, high: number | undefined): (v: number) => number {
  const span =
    low !== undefined && high !== undefined ? high - low || 1 : Math.abs(low ?? high ?? 1) || 1;
  const min = low !== undefined ? low - span * 0.5 : (high ?? 0) - span;
  const max = high !== undefined ? high + span * 0.5 : (low ?? 0) + span;
  return (v) =>
    Math.min(WIDTH - EDGE, Math.max(EDGE, EDGE + ((v - min) / (max - min)) * (WIDTH - 2 * EDGE)));
}

function number(digits: string | undefined): number | undefined {
  return digits === undefined || Number.isNaN(Number(digits)) ? undefined : Number(digits);
}
