/** One panel, or one test through time. */

import { useEffect, type ReactElement } from 'react';
import { showDate, showDateTime } from '@kinchart/shared/fhir/dates';
import { referenceText, resultText, verdictText } from '@kinchart/shared/fhir/quantity';
import { codeKey, conceptText } from '@kinchart/shared/fhir/words';
import { decodeBase64 } from '@kinchart/shared/fhir/record';
import type { Attachment, DiagnosticReport } from '@kinchart/shared/fhir/types';
import { useChart } from '../parts/chart_context';
import { Loaded } from '../parts/loaded';
import { Card, Facts, Notice, Page, Section, Stack } from '../parts/page';
import { TrendChart } from '@kinchart/shared/parts/trend_chart';
import { href } from '../route';
import {
  isEveryday,
  isUnreviewed,
  observedAt,
  panelsOf,
  reportedAt,
  seriesOf,
  testName,
  trendOf,
  type Panel,
  type Series,
} from '@kinchart/shared/views/results';
import { loadResults, type Results } from './load';
import { NotReviewed, ObservationDetail } from './results';

const back = { href: href('results'), label: 'Test results' };

export function ReportPage({ id }: { id: string }): ReactElement {
  const { viewer } = useChart();
  return (
    <Loaded
      load={(record) => loadResults(record, viewer.patientId)}
      keys={[viewer.patientId]}
      what="this report"
    >
      {(results) => {
        const panel = panelsOf(results.reports, results.labs).find((p) => p.report.id === id);
        return panel ? <Report panel={panel} results={results} /> : <NotHere />;
      }}
    </Loaded>
  );
}

export function TestPage({ code }: { code: string }): ReactElement {
  const { viewer } = useChart();
  return (
    <Loaded
      load={(record) => loadResults(record, viewer.patientId)}
      keys={[viewer.patientId]}
      what="this test"
    >
      {(results) => {
        const series = seriesOf([...results.labs, ...results.vitals]).find((s) => s.key === code);
        return series ? <Test series={series} /> : <NotHere />;
      }}
    </Loaded>
  );
}

/** Opening a result is told to the record: the care team sees when it was first looked at. */
function useOpened(reference: string): void {
  const { session } = useChart();
  useEffect(() => {
    session.record.read(reference).catch(() => undefined);
  }, [session, reference]);
}

function NotHere(): ReactElement {
  return (
    <Page title="This result is not here" back={back}>
      <p>It may have been corrected or removed, or it is not shared with you.</p>
    </Page>
  );
}

const STATUS: { [status: string]: string } = {
  final: 'Final',
  amended: 'Final, changed after it was sent',
  corrected: 'Final, corrected',
  preliminary: 'Early result, not final',
  partial: 'Part of the results; more to come',
  registered: 'Waiting for results',
};

function Report({ panel, results }: { panel: Panel; results: Results }): ReactElement {
  const { report } = panel;
  useOpened(`DiagnosticReport/${report.id ?? ''}`);
  return (
    <Page title={panel.name} back={back} intro={showDateTime(reportedAt(report))}>
      {panel.results.length > 0 && (
        <Section title="Results">
          <Card>
            <Stack items={panel.results} keyOf={(o) => o.id ?? ''}>
              {(observation) => (
                <ObservationDetail
                  observation={observation}
                  name={testName(observation)}
                  link={href('results', 'test', codeKey(observation.code))}
                />
              )}
            </Stack>
          </Card>
        </Section>
      )}
      {report.conclusion && (
        <Section title="What the report says">
          <Card>
            <p className="note-text">{report.conclusion}</p>
          </Card>
        </Section>
      )}
      <ReportText report={report} />
      {isUnreviewed(report) && <NotReviewed />}
      <Section title="About this report">
        <Card tone="quiet">
          <Facts
            facts={[
              ['Full name', conceptText(report.code) !== panel.name && conceptText(report.code)],
              ['Status', STATUS[report.status ?? ''] ?? report.status],
              [
                'Collected',
                showDateTime(report.effectiveDateTime ?? report.effectivePeriod?.start, ''),
              ],
              ['Reported', showDateTime(report.issued, '')],
              ['From', (report.performer ?? []).map(results.nameOf).filter(Boolean).join(', ')],
            ]}
          />
        </Card>
      </Section>
    </Page>
  );
}

function ReportText({ report }: { report: DiagnosticReport }): ReactElement | null {
  const form = report.presentedForm?.find(
    (a) => a.contentType?.startsWith('text/plain') && (a.data || a.url),
  );
  if (!form) return null;
  return (
    <Section title="Full report">
      <Card>
        <AttachmentText attachment={form} />
      </Card>
    </Section>
  );
}

/** Plain text, from the attachment itself or from the Binary it points to. */
export function AttachmentText({ attachment }: { attachment: Attachment }): ReactElement {
  if (attachment.data !== undefined)
    return <p className="note-text">{decodeBase64(attachment.data)}</p>;
  return (
    <Loaded
      load={(record) => record.text(attachment.url ?? '')}
      keys={[attachment.url]}
      what="the text"
    >
      {(text) => <p className="note-text">{text}</p>}
    </Loaded>
  );
}

function Test({ series }: { series: Series }): ReactElement {
  const trend = trendOf(series.all);
  useOpened(`Observation/${series.latest.id ?? ''}`);
  const full = isEveryday(series.latest) ? series.name : conceptText(series.latest.code);
  return (
    <Page title={series.name} back={back} intro={full !== series.name ? full : undefined}>
      <Section title={series.all.length > 1 ? 'Latest result' : 'Result'}>
        <Card>
          <ObservationDetail
            observation={series.latest}
            name={showDateTime(observedAt(series.latest))}
          />
        </Card>
      </Section>
      {trend && (
        <Section title="Over time">
          <Card>
            <TrendChart name={series.name} trend={trend} />
          </Card>
        </Section>
      )}
      {series.all.length > 1 && <ValueTable series={series} />}
      <Notice icon="eye">
        <p>
          The usual range comes from the lab and can differ between labs. A result outside of it is
          not always a problem. Ask your care team what it means for you.
        </p>
      </Notice>
    </Page>
  );
}

function ValueTable({ series }: { series: Series }): ReactElement {
  return (
    <Section title="All results">
      <div
        className="table-frame"
        role="region"
        aria-label={`All results of ${series.name}`}
        tabIndex={0}
      >
        <table>
          <thead>
            <tr>
              <th scope="col">Date</th>
              <th scope="col">Result</th>
              <th scope="col">Usual range</th>
              <th scope="col">In words</th>
            </tr>
          </thead>
          <tbody>
            {series.all.map((o) => {
              return (
                <tr key={o.id}>
                  <th scope="row">{showDate(observedAt(o), 'medium')}</th>
                  <td className="value">{resultText(o)}</td>
                  <td>{referenceText(o) ?? 'Not given'}</td>
                  <td>{verdictText(o) ?? 'Not said'}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
