/** Test results as people look for them: panels, single tests, vital signs, and how each went over time. */

import { instant, newestFirst, showDate } from '../fhir/dates';
import { needsAttention, unitText, usualRange, verdict } from '../fhir/quantity';
import { codeKey, conceptText, hasCode, localReference, sentenceCase } from '../fhir/words';
import type { Trend, TrendLine } from '../parts/trend_chart';
import type { DiagnosticReport, Measured, Observation } from '../fhir/types';

export interface Panel {
  report: DiagnosticReport;
  name: string;
  date: string | undefined;
  results: Observation[];
  attention: number;
}

/** One test through time, newest first. */
export interface Series {
  key: string;
  name: string;
  latest: Observation;
  all: Observation[];
}

export function observedAt(observation: Observation): string | undefined {
  return (
    observation.effectiveDateTime ??
    observation.effectiveInstant ??
    observation.effectivePeriod?.start ??
    observation.issued
  );
}

export function reportedAt(report: DiagnosticReport): string | undefined {
  return report.effectiveDateTime ?? report.effectivePeriod?.start ?? report.issued;
}

/** What was entered by mistake is not a result. */
export function isShown(item: { status?: string }): boolean {
  return item.status !== 'entered-in-error' && item.status !== 'cancelled';
}

/** What people call the tests that everyone has taken, in the order they ask for them. */
const EVERYDAY: { [loinc: string]: string } = {
  '85354-9': 'Blood pressure',
  '96607-7': 'Average blood pressure',
  '8867-4': 'Heart rate',
  '29463-7': 'Weight',
  '8302-2': 'Height',
  '39156-5': 'Body mass index (BMI)',
  '59576-9': 'BMI for age (percentile)',
  '77606-2': 'Weight for length (percentile)',
  '9843-4': 'Head size',
  '8289-1': 'Head size for age (percentile)',
  '8310-5': 'Body temperature',
  '59408-5': 'Oxygen level',
  '2708-6': 'Oxygen level',
  '9279-1': 'Breathing rate',
  '4548-4': 'Hemoglobin A1c',
  '58410-2': 'Complete blood count (CBC)',
  '3016-3': 'Thyroid test (TSH)',
  '94500-6': 'COVID-19 test',
  '94558-4': 'COVID-19 rapid test',
};

/** Whether people have a name of their own for it, so that the laboratory's would only puzzle them. */
export function isEveryday(test: { code: Observation['code'] }): boolean {
  return (test.code.coding ?? []).some(
    (coding) => coding.code !== undefined && coding.code in EVERYDAY,
  );
}

/** A name for a test or panel without the parts only machines need. */
export function testName(test: { code: Observation['code'] }): string {
  const everyday = (test.code.coding ?? []).map((c) => EVERYDAY[c.code ?? '']).find(Boolean);
  return everyday ?? shortTestName(conceptText(test.code, 'Unnamed test'));
}

/** The measurements people ask for first come first; all others keep their order. */
export function everydayFirst(series: Series[]): Series[] {
  const order = Object.values(EVERYDAY);
  const rank = (one: Series) => {
    const place = order.indexOf(one.name);
    return place === -1 ? order.length : place;
  };
  return [...series].sort((a, b) => rank(a) - rank(b));
}

/** Leaves out the measured property, the specimen and the method of a LOINC name. */
function shortTestName(words: string): string {
  const short = words
    .replace(/\s*\[[^\]]*\].*$/, '')
    .replace(/\s+-\s+(blood|serum|plasma|urine)\b.*$/i, '')
    .replace(/\s+in\s+(blood|serum|plasma|urine)\b.*$/i, '')
    .trim();
  return sentenceCase(short || words);
}

export function panelsOf(reports: DiagnosticReport[], observations: Observation[]): Panel[] {
  const byReference = new Map(observations.map((o) => [`Observation/${o.id ?? ''}`, o]));
  const panels = reports.filter(isShown).map((report) => {
    const results = (report.result ?? [])
      .flatMap((reference) => byReference.get(localReference(reference) ?? '') ?? [])
      .filter(isShown);
    return {
      report,
      // A written report goes by its whole name: there is no table of tests to say the rest.
      name: results.length > 0 ? testName(report) : conceptText(report.code, 'Report'),
      date: reportedAt(report),
      results,
      attention: results.filter((o) => stands(o)).length,
    };
  });
  return newestFirst(panels, (panel) => panel.date);
}

/** Does any value of this result call for a second look? */
export function stands(observation: Observation): boolean {
  return (
    needsAttention(verdict(observation)) ||
    (observation.component ?? []).some((part) => needsAttention(verdict(part)))
  );
}

/** Whether every result of a panel was judged, and judged usual. */
export function isAllUsual(panel: Panel): boolean {
  return panel.results.length > 0 && panel.results.every(isUsual);
}

function isUsual(observation: Observation): boolean {
  const judged = verdict(observation);
  return judged === 'usual' || judged === 'negative';
}

/** Panels under the day they were taken, in the order given. */
export function byDay(panels: Panel[]): { day: string; panels: Panel[] }[] {
  const days = new Map<string, Panel[]>();
  for (const panel of panels) {
    const day = showDate(panel.date);
    days.set(day, [...(days.get(day) ?? []), panel]);
  }
  return [...days].map(([day, members]) => ({ day, panels: members }));
}

/** Tests whose newest result came outside of any panel; one inside is found in its panel. */
export function outsidePanels(observations: Observation[], panels: Panel[]): Series[] {
  const inPanels = new Set(panels.flatMap((panel) => panel.results.map((o) => o.id)));
  return seriesOf(observations).filter((series) => !inPanels.has(series.latest.id));
}

export function seriesOf(observations: Observation[]): Series[] {
  const groups = new Map<string, Observation[]>();
  for (const observation of observations.filter(isShown)) {
    const key = codeKey(observation.code);
    groups.set(key, [...(groups.get(key) ?? []), observation]);
  }
  const series = [...groups].flatMap(([key, members]) => {
    const all = newestFirst(members, observedAt);
    const latest = all[0];
    return latest ? [{ key, name: testName(latest), latest, all }] : [];
  });
  return newestFirst(series, (s) => observedAt(s.latest));
}

/** The numbers of a series in time order, oldest first; undefined when there are too few to draw. */
export function trendOf(all: Observation[]): Trend | undefined {
  const latest = all[0];
  if (!latest) return undefined;
  const lines = latest.valueQuantity ? [line('', all, (o) => o)] : componentLines(latest, all);
  const drawn = lines.filter((l) => l.points.length >= 2);
  if (drawn.length === 0) return undefined;
  const measured: Measured | undefined = latest.valueQuantity ? latest : latest.component?.[0];
  const range = latest.valueQuantity ? usualRange(latest) : undefined;
  return {
    unit: unitText(measured?.valueQuantity),
    lines: drawn,
    low: number(range?.low?.value),
    high: number(range?.high?.value),
  };
}

function componentLines(latest: Observation, all: Observation[]): TrendLine[] {
  return (latest.component ?? []).slice(0, 2).map((part) => {
    const key = codeKey(part.code);
    return line(shortName(conceptText(part.code)), all, (o) =>
      o.component?.find((c) => codeKey(c.code) === key),
    );
  });
}

function shortName(name: string): string {
  return sentenceCase(name.replace(/ blood pressure$/i, ''));
}

/** Only values in the unit of the newest one can share an axis. */
function line(
  name: string,
  all: Observation[],
  measuredIn: (o: Observation) => Measured | undefined,
): TrendLine {
  const first = all.find((o) => measuredIn(o)?.valueQuantity?.value !== undefined);
  const unit = first && unitText(measuredIn(first)?.valueQuantity);
  const points = all.flatMap((observation) => {
    const quantity = measuredIn(observation)?.valueQuantity;
    const date = observedAt(observation);
    const at = instant(date);
    const value = number(quantity?.value);
    if (
      value === undefined ||
      date === undefined ||
      Number.isNaN(at) ||
      unitText(quantity) !== unit
    )
      return [];
    return [{ at, date, value, digits: quantity?.value ?? '', observation }];
  });
  return { name, points: points.sort((a, b) => a.at - b.at) };
}

function number(digits: string | undefined): number | undefined {
  const value = Number(digits);
  return digits === undefined || Number.isNaN(value) ? undefined : value;
}

export function isLaboratory(report: DiagnosticReport): boolean {
  return hasCode(report.category, 'LAB', 'CH', 'HM', 'MB', 'SR');
}

/** Whether nobody is named yet as having looked at a report. */
export function isUnreviewed(report: DiagnosticReport): boolean {
  return (report.resultsInterpreter ?? []).length === 0;
}
