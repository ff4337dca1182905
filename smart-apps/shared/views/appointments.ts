/** Appointments: what is coming, what has passed. */

import { instant, newestFirst, soonestFirst } from '../fhir/dates';
import { conceptText, localReference, sentenceCase } from '../fhir/words';
import type { Appointment, Reference } from '../fhir/types';

const OFF = ['cancelled', 'noshow', 'entered-in-error'];

export function appointmentLists(
  appointments: Appointment[],
  now: number,
): { coming: Appointment[]; past: Appointment[]; cancelled: Appointment[] } {
  const real = appointments.filter((a) => a.status !== 'entered-in-error' && a.start !== undefined);
  const future = (a: Appointment) => instant(a.end ?? a.start) >= now;
  const on = real.filter((a) => !OFF.includes(a.status ?? ''));
  return {
    coming: soonestFirst(
      on.filter((a) => future(a) && a.status !== 'fulfilled'),
      (a) => a.start,
    ),
    past: newestFirst(
      on.filter((a) => !future(a) || a.status === 'fulfilled'),
      (a) => a.start,
    ),
    cancelled: soonestFirst(
      real.filter((a) => a.status === 'cancelled' && future(a)),
      (a) => a.start,
    ),
  };
}

export function appointmentTitle(appointment: Appointment): string {
  const words =
    conceptText(appointment.serviceType?.[0]) ||
    conceptText(appointment.appointmentType) ||
    appointment.description;
  return sentenceCase(words || 'Appointment');
}

/** Who and where: the participants that are not the patient or family. */
export function actorsOf(appointment: Appointment, ...types: string[]): Reference[] {
  return (appointment.participant ?? []).flatMap((p) =>
    p.actor && types.includes(localReference(p.actor)?.split('/')[0] ?? '') ? [p.actor] : [],
  );
}

export const appointmentStatus: { [status: string]: string } = {
  proposed: 'Asked for, not yet set',
  pending: 'Waiting to be confirmed',
  booked: 'Confirmed',
  arrived: 'Arrived',
  'checked-in': 'Checked in',
  waitlist: 'On the wait list',
  cancelled: 'Cancelled',
  fulfilled: 'Done',
  noshow: 'Missed',
};
