/** Values over time: a drawing for the eye, and the same numbers as a table for everyone. */

import { useEffect, useId, useRef, useState, type ReactElement } from 'react';
import { showDate } from '../fhir/dates';
import type { Observation } from '../fhir/types';

export interface TrendPoint {
  at: number;
  date: string;
  value: number;
  digits: string;
  observation: Observation;
}
export interface TrendLine {
  name: string;
  points: TrendPoint[];
}
export interface Trend {
  unit: string;
  lines: TrendLine[];
  low: number | undefined;
  high: number | undefined;
}

const HEIGHT = 220;
const LEFT = 48;
const RIGHT = 18;
const TOP = 16;
const BOTTOM = 30;

export function TrendChart({ name, trend }: { name: string; trend: Trend }): ReactElement {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(560);
  const titleId = useId();
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => setWidth(Math.max(260, Math.round(element.clientWidth)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const scale = scalesFor(trend, width);
  return (
    <figure className="trend" ref={frame}>
      <svg
        viewBox={`0 0 ${width} ${HEIGHT}`}
        width={width}
        height={HEIGHT}
        role="img"
        aria-labelledby={titleId}
      >
        <title id={titleId}>{summary(name, trend)}</title>
        {band(trend, scale, width)}
        {scale.ticks.map((tick) => (
          <g key={tick}>
            <line
              className="trend-grid"
              x1={LEFT}
              x2={width - RIGHT}
              y1={scale.y(tick)}
              y2={scale.y(tick)}
            />
            <text className="trend-label" x={LEFT - 8} y={scale.y(tick) + 4} textAnchor="end">
              {tickText(tick, scale.step)}
            </text>
          </g>
        ))}
        {trend.lines.map((line, at) => (
          <Line key={line.name} line={line} at={at} scale={scale} />
        ))}
        {scale.dates.map((date) => (
          <text
            key={date.at}
            className="trend-label"
            x={scale.x(date.at)}
            y={HEIGHT - 8}
            textAnchor={date.anchor}
          >
            {date.text}
          </text>
        ))}
      </svg>
      <figcaption>
        {trend.lines.length > 1 && (
          <span className="trend-legend">
            {trend.lines.map((line, at) => (
              <span key={line.name} className={`trend-key trend-key-${at}`}>
                {line.name}
              </span>
            ))}
          </span>
        )}
        {(trend.low !== undefined || trend.high !== undefined) && (
          <span className="trend-key trend-key-band">Usual range</span>
        )}
        {trend.unit && <span>Measured in {trend.unit}</span>}
      </figcaption>
    </figure>
  );
}

interface Scale {
  x: (at: number) => number;
  y: (value: number) => number;
  ticks: number[];
  step: number;
  dates: { at: number; text: string; anchor: 'start' | 'middle' | 'end' }[];
}

function Line({ line, at, scale }: { line: TrendLine; at: number; scale: Scale }): ReactElement {
  const path = line.points
    .map(
      (p, i) => `${i === 0 ? 'M' : 'L'}${scale.x(p.at).toFixed(1)} ${scale.y(p.value).toFixed(1)}`,
    )
    .join('');
  return (
    <g className={`trend-line trend-line-${at}`}>
      <path d={path} />
      {line.points.map((p) => (
        <circle key={`${p.at}-${p.digits}`} cx={scale.x(p.at)} cy={scale.y(p.value)} r="4.5" />
      ))}
    </g>
  );
}

function band(trend: Trend, scale: Scale, width: number): ReactElement | null {
  if (trend.low === undefined && trend.high === undefined) return null;
  const top = trend.high === undefined ? TOP : Math.max(TOP, scale.y(trend.high));
  const bottom =
    trend.low === undefined ? HEIGHT - BOTTOM : Math.min(HEIGHT - BOTTOM, scale.y(trend.low));
  return (
    <rect
      className="trend-band"
      x={LEFT}
      y={top}
      width={width - LEFT - RIGHT}
      height={Math.max(0, bottom - top)}
    />
  );
}

function scalesFor(trend: Trend, width: number): Scale {
  const points = trend.lines.flatMap((line) => line.points);
  const values = [
    ...points.map((p) => p.value),
    ...[trend.low, trend.high].filter((v) => v !== undefined),
  ];
  const times = points.map((p) => p.at);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const { min, max, step } = niceBounds(Math.min(...values), Math.max(...values));
  const ticks: number[] = [];
  for (let i = 0; min + i * step <= max + step / 1000; i += 1) ticks.push(min + i * step);
  const x = (at: number) =>
    last === first
      ? (LEFT + width - RIGHT) / 2
      : LEFT + 12 + ((at - first) / (last - first)) * (width - LEFT - RIGHT - 24);
  const y = (value: number) => TOP + ((max - value) / (max - min)) * (HEIGHT - TOP - BOTTOM);
  const text = (at: number) => showDate(new Date(at).toISOString(), 'medium');
  return {
    x,
    y,
    ticks,
    step,
    dates: [
      { at: first, text: text(first), anchor: 'start' },
      { at: last, text: text(last), anchor: 'end' },
    ],
  };
}

/** Round numbers that enclose the values in about four steps. */
export function niceBounds(low: number, high: number): { min: number; max: number; step: number } {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((m) => m * power >= rough) ?? 10) * power;
  const min = Math.floor(low / step - 0.2) * step;
  const max = Math.ceil(high / step + 0.2) * step;
  return { min: low >= 0 ? Math.max(0, min) : min, max, step };
}

function tickText(tick: number, step: number): string {
  const places = Math.max(0, Math.ceil(-Math.log10(step) + (String(step).includes('25') ? 1 : 0)));
  return tick.toFixed(Math.min(4, places));
}

function summary(name: string, trend: Trend): string {
  const said = trend.lines.map((line) => {
    const first = line.points[0];
    const last = line.points[line.points.length - 1];
    const label = line.name ? `${line.name}: ` : '';
    return `${label}from ${first?.digits ?? ''} on ${showDate(first?.date)} to ${last?.digits ?? ''} on ${showDate(last?.date)}`;
  });
  return `${name} over time, in ${trend.unit || 'plain numbers'}. ${said.join('; ')}. The table below has every value.`;
}
