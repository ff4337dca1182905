/** Test results: panels, single tests, vital signs. */

import type { ReactElement } from 'react';
import { showDate } from '../fhir/dates';
import { needsAttention, referenceText, resultText, verdict, verdictWords } from '../fhir/quantity';
import { count } from '../fhir/words';
import type { Measured, Observation } from '../fhir/types';
import { useChart } from '../parts/chart_context';
import { Icon } from '../parts/icon';
import { Loaded } from '../parts/loaded';
import { Badge, Notice, Nothing, Page, Section, Stack } from '../parts/page';
import { RangeBar } from '../parts/range_bar';
import { href } from '../route';
import {
  isLaboratory,
  observedAt,
  outsidePanels,
  panelsOf,
  seriesOf,
  stands,
  type Panel,
  type Series,
} from '../views/results';
import { loadResults, type Results } from './load';

export function ResultsPage(): ReactElement {
  const { viewer } = useChart();
  return (
    <Page title="Test results" intro="Lab tests, reports and vital signs, newest first.">
      <NotReviewed />
      <Loaded
        load={(record) => loadResults(record, viewer.patientId)}
        keys={[viewer.patientId]}
        what="test results"
      >
        {(results) => <AllResults results={results} />}
      </Loaded>
    </Page>
  );
}

export function NotReviewed(): ReactElement {
  return (
    <Notice icon="eye" title="You may see results before your doctor does">
      <p>
        Results show here as soon as they are ready. Your care team may not have looked at them yet.
        If you have questions, call your doctor’s office.
      </p>
    </Notice>
  );
}

function AllResults({ results }: { results: Results }): ReactElement {
  const panels = panelsOf(results.reports, results.labs);
  const labs = panels.filter((p) => isLaboratory(p.report) || p.results.length > 0);
  const reports = panels.filter((p) => !labs.includes(p));
  const single = outsidePanels(results.labs, labs);
  const vitals = seriesOf(results.vitals);
  if (panels.length + single.length + vitals.length === 0) return <Nothing what="test results" />;
  return (
    <>
      {labs.length > 0 && (
        <Section title="Lab tests">
          <Stack items={labs} keyOf={(p) => p.report.id ?? p.name}>
            {(panel) => <PanelRow panel={panel} />}
          </Stack>
        </Section>
      )}
      {single.length > 0 && (
        <Section title={labs.length > 0 ? 'Other lab tests' : 'Lab tests'}>
          <Stack items={single} keyOf={(s) => s.key}>
            {(series) => <SeriesRow series={series} />}
          </Stack>
        </Section>
      )}
      {vitals.length > 0 && (
        <Section title="Vital signs" note="The latest of each. Open one to see how it changed.">
          <Stack items={vitals} keyOf={(s) => s.key}>
            {(series) => <SeriesRow series={series} />}
          </Stack>
        </Section>
      )}
      {reports.length > 0 && (
        <Section title="Reports" note="Imaging and other written reports.">
          <Stack items={reports} keyOf={(p) => p.report.id ?? p.name}>
            {(panel) => <PanelRow panel={panel} />}
          </Stack>
        </Section>
      )}
    </>
  );
}

function PanelRow({ panel }: { panel: Panel }): ReactElement {
  return (
    <a className="row" href={href('results', 'report', panel.report.id ?? '')}>
      <span className="row-main">
        <span className="row-title">{panel.name}</span>
        <span className="row-note">
          {showDate(panel.date)}
          {panel.results.length > 0 && ` · ${count(panel.results.length, 'test')}`}
        </span>
      </span>
      <span className="row-end">
        <PanelBadge panel={panel} />
      </span>
      <Icon name="right" />
    </a>
  );
}

export function PanelBadge({ panel }: { panel: Panel }): ReactElement | null {
  if (
    panel.report.status === 'preliminary' ||
    panel.report.status === 'registered' ||
    panel.report.status === 'partial'
  )
    return <Badge tone="info">Not final</Badge>;
  if (panel.results.length === 0) return null;
  return panel.attention > 0 ? (
    <Badge tone="watch">{panel.attention} outside usual</Badge>
  ) : (
    <Badge tone="good">All usual</Badge>
  );
}

function SeriesRow({ series }: { series: Series }): ReactElement {
  return (
    <a className="row" href={href('results', 'test', series.key)}>
      <span className="row-main">
        <span className="row-title">{series.name}</span>
        <span className="row-note">
          {showDate(observedAt(series.latest))}
          {series.all.length > 1 && ` · ${count(series.all.length, 'result')}`}
        </span>
      </span>
      <span className="row-end">
        <span className="value">{resultText(series.latest)}</span>
        {stands(series.latest) && <VerdictBadge measured={series.latest} otherwise="Look closer" />}
      </span>
      <Icon name="right" />
    </a>
  );
}

export function VerdictBadge({
  measured,
  otherwise,
}: {
  measured: Measured;
  otherwise?: string;
}): ReactElement | null {
  const judged = verdict(measured);
  if (judged === undefined) return otherwise ? <Badge tone="watch">{otherwise}</Badge> : null;
  const serious = judged === 'very-high' || judged === 'very-low';
  const icon =
    judged === 'high' || judged === 'very-high'
      ? 'up'
      : judged === 'low' || judged === 'very-low'
        ? 'down'
        : judged === 'usual'
          ? 'check'
          : undefined;
  return (
    <Badge tone={serious ? 'alert' : needsAttention(judged) ? 'watch' : 'good'}>
      {icon && <Icon name={icon} />}
      {verdictWords[judged]}
    </Badge>
  );
}

/** A value with everything needed to read it. */
export function ResultDetail({
  name,
  measured,
  text,
  link,
}: {
  name: string;
  measured: Measured;
  text: string;
  link?: string;
}): ReactElement {
  const usual = referenceText(measured);
  return (
    <div className="result">
      <h3 className="result-name">{link ? <a href={link}>{name}</a> : name}</h3>
      <p className="result-value">
        <span className="value value-large">{text}</span>
        <VerdictBadge measured={measured} />
      </p>
      <RangeBar measured={measured} />
      {usual && <p className="result-range">Usual range: {usual}</p>}
    </div>
  );
}

/** An Observation with its parts, for those that have several (blood pressure, questionnaires). */
export function ObservationDetail({
  observation,
  name,
  link,
}: {
  observation: Observation;
  name: string;
  link?: string;
}): ReactElement {
  return (
    <>
      <ResultDetail
        name={name}
        measured={observation}
        text={resultText(observation)}
        {...(link ? { link } : {})}
      />
      {(observation.note ?? []).map((note, at) => (
        <p key={at} className="result-note">
          Note: {note.text}
        </p>
      ))}
    </>
  );
}
