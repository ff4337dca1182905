/** Test results: panels, single tests, vital signs. */

import type { ReactElement } from 'react';
import { showDate } from '@kinchart/shared/fhir/dates';
import { needsAttention, referenceText, resultText, verdict, verdictText } from '@kinchart/shared/fhir/quantity';
import { count } from '@kinchart/shared/fhir/words';
import type { Measured, Observation } from '@kinchart/shared/fhir/types';
import { useChart } from '../parts/chart_context';
import { Icon } from '../parts/icon';
import { Loaded, useLoaded } from '../parts/loaded';
import { Badge, Notice, Nothing, Page, Section, Stack } from '../parts/page';
import { RangeBar } from '../parts/range_bar';
import { href } from '../route';
import {
  byDay,
  everydayFirst,
  isAllUsual,
  isLaboratory,
  isUnreviewed,
  observedAt,
  outsidePanels,
  panelsOf,
  seriesOf,
  stands,
  type Panel,
  type Series,
} from '@kinchart/shared/views/results';
import { loadResults, loadWaiting, type Results } from './load';
import { account } from '../site';

export function ResultsPage(): ReactElement {
  const { viewer } = useChart();
  return (
    <Page
      title="Test results"
      intro="Lab tests, reports and vital signs, newest first."
      shows={['Observation', 'DiagnosticReport']}
    >
      {viewer.standing === 'self' && <Held patient={viewer.patientId} />}
      <Loaded
        load={(record) => loadResults(record, viewer.patientId)}
        keys={[viewer.patientId]}
        what="test results"
      >
        {(results) => (
          <>
            {(results.reports.length === 0 || results.reports.some(isUnreviewed)) && (
              <NotReviewed />
            )}
            <AllResults results={results} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** Results that wait for a clinician because the patient asked for it. */
function Held({ patient }: { patient: string }): ReactElement | null {
  const [waiting] = useLoaded((record) => loadWaiting(record, patient), [patient]);
  if (waiting.state !== 'ready' || waiting.value === 0) return null;
  return (
    <Notice icon="lock" title={`${count(waiting.value, 'result')} waiting for your clinician`}>
      <p>
        You asked to hear new results from your clinician first. You can{' '}
        <a href={account.privacy}>see them now</a> if you would rather not wait.
      </p>
    </Notice>
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
  const vitals = everydayFirst(seriesOf(results.vitals));
  if (panels.length + single.length + vitals.length === 0) return <Nothing what="test results" />;
  return (
    <>
      {labs.length > 0 && (
        <Section title="Lab tests">
          {byDay(labs).map(({ day, panels: ofDay }) => (
            <div key={day} className="day">
              <h3>{day}</h3>
              <Stack items={ofDay} keyOf={(p) => p.report.id ?? p.name}>
                {(panel) => <PanelRow panel={panel} />}
              </Stack>
            </div>
          ))}
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
            {(panel) => <PanelRow panel={panel} dated />}
          </Stack>
        </Section>
      )}
    </>
  );
}

function PanelRow({ panel, dated }: { panel: Panel; dated?: boolean }): ReactElement {
  const notes = [
    dated && showDate(panel.date),
    panel.results.length > 1 && count(panel.results.length, 'test'),
  ].filter(Boolean);
  return (
    <a className="row" href={href('results', 'report', panel.report.id ?? '')}>
      <span className="row-main">
        <span className="row-title">{panel.name}</span>
        {notes.length > 0 && <span className="row-note">{notes.join(' · ')}</span>}
      </span>
      <span className="row-end">
        <PanelOutcome panel={panel} />
      </span>
      <Icon name="right" />
    </a>
  );
}

const UNFINISHED = ['preliminary', 'registered', 'partial'];

/** A panel in a word; one of a single test is that test's value. */
export function PanelOutcome({ panel }: { panel: Panel }): ReactElement | null {
  if (UNFINISHED.includes(panel.report.status ?? '')) return <Badge tone="info">Not final</Badge>;
  const [only] = panel.results;
  if (only && panel.results.length === 1) {
    return (
      <>
        <span className="value">{resultText(only)}</span>
        <VerdictBadge measured={only} />
      </>
    );
  }
  if (panel.attention > 0) return <Badge tone="watch">{panel.attention} outside usual</Badge>;
  return isAllUsual(panel) ? <Badge tone="good">All usual</Badge> : null;
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
      {verdictText(measured)}
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
      {usual && (
        <p className="result-range">
          {measured.valueQuantity ? 'Usual range' : 'Usual result'}: {usual}
        </p>
      )}
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
