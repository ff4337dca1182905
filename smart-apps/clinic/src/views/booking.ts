/** A slot as an appointment about to be made, and what is written when it is. */

import type { Appointment, Reference, Resource } from '@kinchart/shared/fhir/types';

export interface Schedule extends Resource {
  resourceType: 'Schedule';
  actor?: Reference[];
}
export interface Slot extends Resource {
  resourceType: 'Slot';
  schedule?: Reference;
  status?: string;
  start?: string;
  end?: string;
}

/** A free slot with those it is with. */
export interface Opening {
  slot: Slot;
  actors: Reference[];
  /** The clinician, by name. */
  with: string;
}

export function openingsOf(slots: Slot[], schedules: Schedule[]): Opening[] {
  const known = new Map(schedules.map((one) => [`Schedule/${one.id ?? ''}`, one]));
  return slots.flatMap((slot): Opening[] => {
    const actors = known.get(slot.schedule?.reference ?? '')?.actor ?? [];
    const clinician = actors.find((actor) => actor.reference?.startsWith('Practitioner/'));
    if (slot.status !== 'free' || !slot.id || !clinician) return [];
    return [{ slot, actors, with: clinician.display ?? clinician.reference ?? '' }];
  });
}

/** The appointment a slot would become. */
export function appointmentIn(
  opening: Opening,
  patient: string,
  status: 'proposed' | 'booked',
  reason: string,
): Appointment & { slot: Reference[] } {
  const accepted = (actor: Reference) => ({ actor, required: 'required', status: 'accepted' });
  return {
    resourceType: 'Appointment',
    status,
    ...(reason ? { description: reason } : {}),
    start: opening.slot.start ?? '',
    end: opening.slot.end ?? '',
    slot: [{ reference: `Slot/${opening.slot.id ?? ''}` }],
    participant: [
      accepted({ reference: `Patient/${patient}` }),
      ...opening.actors.map((actor) => accepted(actor)),
    ],
  };
}

/** Appointment and slot together, or neither: the slot must still be as it was seen. */
export function bookingBundle(opening: Opening, patient: string, reason: string): Resource & object {
  const { slot } = opening;
  const entry = [
    {
      resource: appointmentIn(opening, patient, 'booked', reason),
      request: { method: 'POST', url: 'Appointment' },
    },
    {
      resource: { ...slot, status: 'busy' },
      request: {
        method: 'PUT',
        url: `Slot/${slot.id ?? ''}`,
        ifMatch: `W/"${slot.meta?.versionId ?? ''}"`,
      },
    },
  ];
  return { resourceType: 'Bundle', type: 'transaction', entry } as Resource & object;
}
