/** One measure over the percentile curves of its sex and age. */

import type { ReactElement } from 'react';
import type { Drawn } from './app';
import { valueAt } from './growth';

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [720, 350, 44, 44, 14, 44];

/** Percentiles drawn, with their standard deviations from the median. */
const CURVES = [
  { name: '95', z: 1.6449 },
  { name: '75', z: 0.6745 },
  { name: '50', z: 0 },
  { name: '25', z: -0.6745 },
  { name: '5', z: -1.6449 },
] as const;

export function Chart({ measure, points, girl }: Drawn): ReactElement {
  const rows = girl ? measure.rows.girl : measure.rows.boy;
  const oldest = rows[rows.length - 1]?.[0] ?? 20;
  const firstAge = points[0]?.age ?? 0;
  const lastAge = points[points.length - 1]?.age ?? 1;
  // Infancy is left out where nothing was measured in it: the curves are then wide enough to read.
  const from = firstAge > 4 ? Math.floor(firstAge - 2) : 0;
  const until = Math.min(oldest, Math.max(2, Math.ceil(lastAge + 1)));
  const ages = Array.from({ length: 81 }, (_, i) => from + ((until - from) * i) / 80);
  const all = [
    ...points.map((p) => p.value),
    ...ages.flatMap((age) => CURVES.map((curve) => valueAt(rows, age, curve.z))),
  ];
  const { min, max, step } = boundsOf(Math.min(...all), Math.max(...all));
  const x = (age: number) => LEFT + ((age - from) / (until - from)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => TOP + ((max - value) / (max - min)) * (HEIGHT - TOP - BOTTOM);
  const ticks: number[] = [];
  for (let i = 0; min + i * step <= max; i += 1) ticks.push(min + i * step);
  const years = Array.from({ length: Math.floor(until) - from + 1 }, (_, i) => from + i);
  const every = until - from > 10 ? 2 : 1;
  const path = (at: readonly (readonly [number, number])[]) =>
    at.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${px.toFixed(1)} ${py.toFixed(1)}`).join('');
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${measure.name}: ${points.length} measurements over percentile curves; the table below has every value.`}
    >
      {ticks.map((tick) => (
        <g key={tick}>
          <line className="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(tick)} y2={y(tick)} />
          <text x={LEFT - 6} y={y(tick) + 4} textAnchor="end">
            {Math.round(tick * 10) / 10}
          </text>
        </g>
      ))}
      {years
        .filter((year) => year % every === 0)
        .map((year) => (
          <g key={year}>
            <line className="grid" x1={x(year)} x2={x(year)} y1={TOP} y2={HEIGHT - BOTTOM} />
            <text x={x(year)} y={HEIGHT - 26} textAnchor="middle">
              {year}
            </text>
          </g>
        ))}
      <text x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 6} textAnchor="middle">
        Age in years
      </text>
      {CURVES.map((curve) => (
        <g key={curve.name}>
          <path
            className={curve.z === 0 ? 'curve curve-median' : 'curve'}
            d={path(ages.map((age) => [x(age), y(valueAt(rows, age, curve.z))] as const))}
          />
          <text x={WIDTH - RIGHT + 5} y={y(valueAt(rows, until, curve.z)) + 4}>
            {curve.name}
          </text>
        </g>
      ))}
      <path className="own" d={path(points.map((p) => [x(p.age), y(p.value)] as const))} />
      {points.map((p) => (
        <circle key={p.date} className="own-point" cx={x(p.age)} cy={y(p.value)} r="4.5" />
      ))}
    </svg>
  );
}

/** Round numbers that enclose the values, in steps that leave about eight lines. */
function boundsOf(low: number, high: number): { min: number; max: number; step: number } {
  const step = [1, 2, 5, 10, 20, 50].find((one) => (high - low) / one <= 9) ?? 100;
  return { min: Math.floor(low / step) * step, max: Math.ceil(high / step) * step, step };
}
