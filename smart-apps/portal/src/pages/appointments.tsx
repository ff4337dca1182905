/** Appointments. */

import type { ReactElement } from 'react';
import { howFar, showDate, showTime, showWeekday } from '@kinchart/shared/fhir/dates';
import { conceptText, listed } from '@kinchart/shared/fhir/words';
import type { Appointment } from '@kinchart/shared/fhir/types';
import { useChart } from '../parts/chart_context';
import { Loaded } from '../parts/loaded';
import { Badge, Card, Facts, Nothing, Page, Section, Stack } from '../parts/page';
import { serverNow } from '@kinchart/shared/session/clock';
import {
  actorsOf,
  appointmentLists,
  appointmentStatus,
  appointmentTitle,
} from '@kinchart/shared/views/appointments';
import type { NameOf } from '../views/directory';
import { loadAppointments } from './load';

export function AppointmentsPage(): ReactElement {
  const { viewer } = useChart();
  return (
    <Page
      title="Appointments"
      intro="What is planned. To change an appointment, call the office."
      shows={['Appointment']}
    >
      <Loaded
        load={(record) => loadAppointments(record, viewer.patientId)}
        keys={[viewer.patientId]}
        what="appointments"
      >
        {({ appointments, nameOf }) => {
          const { coming, past, cancelled } = appointmentLists(appointments, serverNow());
          if (coming.length + past.length + cancelled.length === 0)
            return <Nothing what="appointments" />;
          const list = (items: Appointment[]) => (
            <Stack items={items} keyOf={(a) => a.id ?? ''}>
              {(appointment) => <AppointmentCard appointment={appointment} nameOf={nameOf} />}
            </Stack>
          );
          return (
            <>
              <Section title="Coming up">
                {coming.length > 0 ? list(coming) : <p>Nothing is planned right now.</p>}
              </Section>
              {cancelled.length > 0 && <Section title="Cancelled">{list(cancelled)}</Section>}
              {past.length > 0 && <Section title="Past">{list(past)}</Section>}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

export function AppointmentCard({
  appointment,
  nameOf,
}: {
  appointment: Appointment;
  nameOf: NameOf;
}): ReactElement {
  const start = appointment.start ?? '';
  const status = appointmentStatus[appointment.status ?? ''];
  const names = (...types: string[]) =>
    listed([
      ...new Set(
        actorsOf(appointment, ...types)
          .map(nameOf)
          .filter((n) => n !== undefined),
      ),
    ]);
  return (
    <Card>
      <div className="card-head">
        <div>
          <p className="eyebrow">
            {showWeekday(start)}, {showDate(start)} · {howFar(start, serverNow())}
          </p>
          <h3>{appointmentTitle(appointment)}</h3>
          <p className="lead">{showTime(start)}</p>
        </div>
        {status && (
          <Badge tone={appointment.status === 'booked' ? 'good' : 'plain'}>{status}</Badge>
        )}
      </div>
      <Facts
        facts={[
          ['With', names('Practitioner', 'PractitionerRole')],
          ['Where', names('Location') || names('HealthcareService') || names('Organization')],
          ['Length', appointment.minutesDuration && `${appointment.minutesDuration} minutes`],
          ['Reason', (appointment.reasonCode ?? []).map((c) => conceptText(c)).join(', ')],
          ['How to get ready', appointment.patientInstruction],
          ['Why it was cancelled', conceptText(appointment.cancelationReason)],
        ]}
      />
    </Card>
  );
}
