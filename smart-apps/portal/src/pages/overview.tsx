/** The first page: what is new, and what comes next. */

import type { ReactElement, ReactNode } from 'react';
import { howFar, instant, newestFirst, showDate, showDay, showTime } from '@kinchart/shared/fhir/dates';
import { isPositive, showAmount } from '@kinchart/shared/fhir/money';
import { resultText } from '@kinchart/shared/fhir/quantity';
import { count, possessive } from '@kinchart/shared/fhir/words';
import type { Record } from '@kinchart/shared/fhir/record';
import { useChart } from '../parts/chart_context';
import { Icon, type IconName } from '../parts/icon';
import { Loaded, useLoaded } from '../parts/loaded';
import { MailNotice } from '../parts/mail_notice';
import { Badge, Nothing, Page, Section, Stack } from '../parts/page';
import { href } from '../route';
import { serverNow } from '@kinchart/shared/session/clock';
import { actorsOf, appointmentLists, appointmentTitle } from '@kinchart/shared/views/appointments';
import { balanceOf, billsOf } from '../views/bills';
import { threadsOf } from '../views/messages';
import { observedAt, outsidePanels, panelsOf, stands } from '@kinchart/shared/views/results';
import { documentTitle, isReadable } from '@kinchart/shared/views/visits';
import {
  loadAppointments,
  loadBills,
  loadDocuments,
  loadMessages,
  loadResults,
  type Results,
} from './load';
import { NotReviewed, PanelOutcome, VerdictBadge } from './results';

const RECENT_MS = 45 * 86_400_000;

export function OverviewPage(): ReactElement {
  const { viewer } = useChart();
  const { patientId } = viewer;
  const title =
    viewer.standing === 'self'
      ? `${greeting()}, ${viewer.patientFirstName}`
      : `${possessive(viewer.patientFirstName)} overview`;
  return (
    <Page
      title={title}
      intro={
        viewer.standing === 'self'
          ? 'Here is what is new in your chart.'
          : `Here is what is new in ${possessive(viewer.patientFirstName)} chart.`
      }
    >
      <MailNotice />
      <div className="tiles">
        <NextAppointment patientId={patientId} />
        <UnreadMessages patientId={patientId} />
        <Balance patientId={patientId} />
      </div>
      <Section title="Latest results">
        <Loaded
          load={(record) => loadResults(record, patientId)}
          keys={[patientId]}
          what="the latest results"
        >
          {(results) => <Latest results={results} />}
        </Loaded>
      </Section>
      <Section title="New papers">
        <Loaded
          load={(record) => loadDocuments(record, patientId)}
          keys={[patientId]}
          what="new papers"
        >
          {(documents) => {
            const fresh = newestFirst(documents, (d) => d.date)
              .filter((d) => isReadable(d) && isRecent(d.date))
              .slice(0, 4);
            if (fresh.length === 0) return <p>No new summaries or notes to show.</p>;
            return (
              <Stack items={fresh} keyOf={(d) => d.id ?? ''}>
                {(document) => (
                  <a className="row" href={href('visits', 'document', document.id ?? '')}>
                    <span className="row-icon">
                      <Icon name="note" />
                    </span>
                    <span className="row-main">
                      <span className="row-title">{documentTitle(document)}</span>
                      <span className="row-note">{showDate(document.date)}</span>
                    </span>
                    <Icon name="right" />
                  </a>
                )}
              </Stack>
            );
          }}
        </Loaded>
      </Section>
    </Page>
  );
}

function greeting(): string {
  const hour = new Date(serverNow()).getHours();
  return hour < 12 ? 'Good morning' : hour < 18 ? 'Good afternoon' : 'Good evening';
}

function isRecent(date: string | undefined): boolean {
  const at = instant(date);
  return at <= serverNow() && serverNow() - at < RECENT_MS;
}

/** A tile says one thing; when its part of the record cannot be read it says so and no more. */
function Tile<T>(props: {
  icon: IconName;
  label: string;
  page: string;
  load: (record: Record) => Promise<T>;
  patientId: string;
  children: (value: T) => ReactNode;
}): ReactElement {
  const [result] = useLoaded(props.load, [props.patientId]);
  return (
    <a className="tile" href={href(props.page)}>
      <span className="tile-head">
        <Icon name={props.icon} />
        {props.label}
      </span>
      <span className="tile-body">
        {result.state === 'loading' && <span className="bone" />}
        {result.state === 'failed' && (
          <span className="tile-note">
            {result.fault.kind === 'not-permitted'
              ? 'Not part of this sign-in'
              : 'Not available right now'}
          </span>
        )}
        {result.state === 'ready' && props.children(result.value)}
      </span>
    </a>
  );
}

function NextAppointment({ patientId }: { patientId: string }): ReactElement {
  return (
    <Tile
      icon="appointments"
      label="Next appointment"
      page="appointments"
      patientId={patientId}
      load={(record) => loadAppointments(record, patientId)}
    >
      {({ appointments, nameOf }) => {
        const next = appointmentLists(appointments, serverNow()).coming[0];
        if (!next?.start) return <span className="tile-note">Nothing planned</span>;
        const who = nameOf(actorsOf(next, 'Practitioner', 'PractitionerRole')[0]);
        return (
          <>
            <span className="tile-value">{showDay(next.start)}</span>
            <span className="tile-note">
              {showTime(next.start)}, {howFar(next.start, serverNow())}
            </span>
            <span className="tile-note">
              {appointmentTitle(next)}
              {who && ` with ${who}`}
            </span>
          </>
        );
      }}
    </Tile>
  );
}

function UnreadMessages({ patientId }: { patientId: string }): ReactElement {
  return (
    <Tile
      icon="messages"
      label="Messages"
      page="messages"
      patientId={patientId}
      load={(record) => loadMessages(record, patientId)}
    >
      {({ messages }) => {
        const threads = threadsOf(messages, patientId);
        const unread = threads.reduce((sum, t) => sum + t.unread, 0);
        const newest = threads.find((t) => t.unread > 0);
        return (
          <>
            <span className="tile-value">{unread > 0 ? `${unread} unread` : 'No unread'}</span>
            <span className="tile-note">
              {newest
                ? newest.subject
                : threads.length > 0
                  ? count(threads.length, 'conversation')
                  : 'No messages to show'}
            </span>
          </>
        );
      }}
    </Tile>
  );
}

function Balance({ patientId }: { patientId: string }): ReactElement {
  return (
    <Tile
      icon="bills"
      label="Balance"
      page="bills"
      patientId={patientId}
      load={(record) => loadBills(record, patientId)}
    >
      {({ invoices, charges }) => {
        const bills = billsOf(invoices, charges);
        const balance = balanceOf(bills);
        const open = bills.filter((b) => isPositive(b.balance)).length;
        return (
          <>
            <span className="tile-value">{showAmount(balance)}</span>
            <span className="tile-note">
              {open > 0
                ? `${count(open, 'bill')} to pay`
                : bills.length > 0
                  ? 'Nothing to pay'
                  : 'No bills to show'}
            </span>
          </>
        );
      }}
    </Tile>
  );
}

/** The day something was measured: within a day, what calls for a look comes first. */
function startOfDay(date: string | undefined): number {
  return new Date(instant(date)).setHours(0, 0, 0, 0);
}

function Latest({ results }: { results: Results }): ReactElement {
  const panels = panelsOf(results.reports, results.labs);
  const single = outsidePanels(results.labs, panels);
  const rows = [
    ...panels.map((panel) => ({
      key: `r-${panel.report.id ?? ''}`,
      at: startOfDay(panel.date),
      weight: panel.attention > 0 ? 2 : panel.results.length > 0 ? 1 : 0,
      date: panel.date,
      name: panel.name,
      link: href('results', 'report', panel.report.id ?? ''),
      value: <PanelOutcome panel={panel} />,
    })),
    ...single.map((s) => ({
      key: s.key,
      at: startOfDay(observedAt(s.latest)),
      weight: stands(s.latest) ? 2 : 1,
      date: observedAt(s.latest),
      name: s.name,
      link: href('results', 'test', s.key),
      value: (
        <>
          <span className="value">{resultText(s.latest)}</span>
          <VerdictBadge measured={s.latest} />
        </>
      ),
    })),
  ];
  const newest = rows
    .filter((r) => !Number.isNaN(r.at))
    .sort((a, b) => b.at - a.at || b.weight - a.weight)
    .slice(0, 4);
  if (newest.length === 0) return <Nothing what="test results" />;
  return (
    <>
      <Stack items={newest} keyOf={(r) => r.key}>
        {(row) => (
          <a className="row" href={row.link}>
            <span className="row-main">
              <span className="row-title">{row.name}</span>
              <span className="row-note">{showDate(row.date)}</span>
            </span>
            <span className="row-end">
              {isRecent(row.date) && <Badge tone="info">New</Badge>}
              {row.value}
            </span>
            <Icon name="right" />
          </a>
        )}
      </Stack>
      <NotReviewed />
    </>
  );
}
