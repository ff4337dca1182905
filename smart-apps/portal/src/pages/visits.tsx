/** Visits and the papers that came out of them. */

import type { ReactElement } from 'react';
import { instant, showDate, showDateTime } from '@kinchart/shared/fhir/dates';
import { conceptText, listed } from '@kinchart/shared/fhir/words';
import type { Encounter } from '@kinchart/shared/fhir/types';
import { useChart } from '../parts/chart_context';
import { Icon } from '../parts/icon';
import { Loaded } from '../parts/loaded';
import { Badge, Card, Facts, Nothing, Page, Section, Stack } from '../parts/page';
import { href } from '../route';
import { serverNow } from '@kinchart/shared/session/clock';
import type { NameOf } from '../views/directory';
import { plainName } from '@kinchart/shared/views/health';
import {
  documentTitle,
  isReadable,
  isVisitSummary,
  textOf,
  visitsOf,
  type Visit,
} from '@kinchart/shared/views/visits';
import { loadVisits } from './load';
import { AttachmentText } from './result_detail';

export function VisitsPage(): ReactElement {
  const { viewer } = useChart();
  return (
    <Page
      title="Visits"
      intro="Past and planned visits, with summaries and notes where there are any."
      shows={['Encounter', 'DocumentReference']}
    >
      <Loaded
        load={(record) => loadVisits(record, viewer.patientId)}
        keys={[viewer.patientId]}
        what="visits"
      >
        {({ encounters, documents, nameOf }) => {
          const visits = visitsOf(encounters, documents, serverNow());
          const planned = visits.filter((v) => !v.past).reverse();
          const past = visits.filter((v) => v.past);
          const loose = documents.filter(
            (d) => isReadable(d) && !visits.some((v) => v.summary === d || v.notes.includes(d)),
          );
          if (visits.length + loose.length === 0) return <Nothing what="visits" />;
          return (
            <>
              {planned.length > 0 && (
                <Section title="Coming up">
                  <Stack items={planned} keyOf={(v) => v.encounter.id ?? ''}>
                    {(visit) => <VisitCard visit={visit} nameOf={nameOf} />}
                  </Stack>
                </Section>
              )}
              {past.length > 0 && (
                <Section title="Past visits">
                  <Stack items={past} keyOf={(v) => v.encounter.id ?? ''}>
                    {(visit) => <VisitCard visit={visit} nameOf={nameOf} />}
                  </Stack>
                </Section>
              )}
              {loose.length > 0 && (
                <Section title="Other documents">
                  <Stack items={loose} keyOf={(d) => d.id ?? ''}>
                    {(document) => (
                      <a className="row" href={href('visits', 'document', document.id ?? '')}>
                        <span className="row-main">
                          <span className="row-title">{documentTitle(document)}</span>
                          <span className="row-note">{showDate(document.date)}</span>
                        </span>
                        <Icon name="right" />
                      </a>
                    )}
                  </Stack>
                </Section>
              )}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function VisitCard({ visit, nameOf }: { visit: Visit; nameOf: NameOf }): ReactElement {
  const { encounter, notes, summary } = visit;
  return (
    <Card>
      <div className="card-head">
        <div>
          <p className="eyebrow">{visitWhen(encounter)}</p>
          <h3>{visit.title}</h3>
        </div>
        {encounter.status === 'in-progress' && <Badge tone="info">Going on now</Badge>}
      </div>
      <Facts
        facts={[
          ['With', listed(unique((encounter.participant ?? []).map((p) => nameOf(p.individual))))],
          [
            'Where',
            unique([
              ...(encounter.location ?? []).map((l) => nameOf(l.location)),
              nameOf(encounter.serviceProvider),
            ])[0],
          ],
          ['Reason', (encounter.reasonCode ?? []).map((c) => plainName(conceptText(c))).join(', ')],
        ]}
      />
      {(summary || notes.length > 0) && (
        <p className="actions">
          {summary && (
            <a
              className="button"
              href={href('visits', 'document', summary.id ?? '')}
              aria-label={`View After Visit Summary, ${showDate(visit.date)}`}
            >
              <Icon name="note" /> View After Visit Summary
            </a>
          )}
          {notes.length > 0 && (
            <a
              className="button button-quiet"
              href={
                notes.length === 1
                  ? href('visits', 'document', notes[0]?.id ?? '')
                  : href('visits', 'notes', encounter.id ?? '')
              }
              aria-label={`View notes, ${showDate(visit.date)}`}
            >
              <Icon name="eye" /> View notes
            </a>
          )}
        </p>
      )}
    </Card>
  );
}

function visitWhen(encounter: Encounter): string {
  const { start, end } = encounter.period ?? {};
  const first = showDateTime(start);
  if (!start || !end || !(instant(end) - instant(start) > 86_400_000)) return first;
  return `${showDate(start)} to ${showDate(end)}`;
}

function unique(names: (string | undefined)[]): string[] {
  return [...new Set(names.filter((n) => n !== undefined))];
}

const back = { href: href('visits'), label: 'Visits' };

/** The notes of one visit, when there are several. */
export function VisitNotesPage({ id }: { id: string }): ReactElement {
  const { viewer } = useChart();
  return (
    <Page title="Visit notes" back={back}>
      <Loaded
        load={(record) => loadVisits(record, viewer.patientId)}
        keys={[viewer.patientId]}
        what="the notes"
      >
        {({ encounters, documents, nameOf }) => {
          const visit = visitsOf(encounters, documents, serverNow()).find(
            (v) => v.encounter.id === id,
          );
          if (!visit || visit.notes.length === 0)
            return <p>There are no notes to show for this visit.</p>;
          return (
            <>
              <p className="intro">
                {visit.title}, {showDate(visit.date)}
              </p>
              <Stack items={visit.notes} keyOf={(d) => d.id ?? ''}>
                {(document) => (
                  <a className="row" href={href('visits', 'document', document.id ?? '')}>
                    <span className="row-main">
                      <span className="row-title">{documentTitle(document)}</span>
                      <span className="row-note">
                        {[
                          showDate(document.date),
                          ...unique((document.author ?? []).map(nameOf)),
                        ].join(' · ')}
                      </span>
                    </span>
                    <Icon name="right" />
                  </a>
                )}
              </Stack>
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

/** One document as plain text. */
export function DocumentPage({ id }: { id: string }): ReactElement {
  const { viewer } = useChart();
  return (
    <Loaded
      load={(record) => loadVisits(record, viewer.patientId)}
      keys={[viewer.patientId]}
      what="this document"
    >
      {({ documents, nameOf }) => {
        const document = documents.find((d) => d.id === id);
        const attachment = document && textOf(document);
        if (!document || !attachment) {
          return (
            <Page title="This document is not here" back={back}>
              <p>It may have been replaced, or it is not shared with you.</p>
            </Page>
          );
        }
        const authors = unique((document.author ?? []).map(nameOf));
        return (
          <Page
            title={documentTitle(document)}
            back={back}
            intro={[showDateTime(document.date), authors.length > 0 && `by ${listed(authors)}`]
              .filter(Boolean)
              .join(' · ')}
          >
            <Card>
              <AttachmentText attachment={attachment} />
            </Card>
            {!isVisitSummary(document) && (
              <p className="section-note">
                Notes are written by and for care teams. Ask at your next visit about anything that
                is not clear.
              </p>
            )}
          </Page>
        );
      }}
    </Loaded>
  );
}
