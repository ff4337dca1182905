import { expect, test } from 'vitest';
import { appointmentIn, bookingBundle, openingsOf, type Schedule, type Slot } from './booking';

const schedule: Schedule = {
  resourceType: 'Schedule',
  id: 'dr',
  actor: [
    { reference: 'Practitioner/dr', display: 'Dr. Wu' },
    { reference: 'Location/office' },
  ],
};
const slot: Slot = {
  resourceType: 'Slot',
  id: 's1',
  meta: { versionId: '3' },
  schedule: { reference: 'Schedule/dr' },
  status: 'free',
  start: '2026-06-20T14:00:00Z',
  end: '2026-06-20T14:30:00Z',
};

test('only free slots of somebody are openings', () => {
  const busy: Slot = { ...slot, status: 'busy' };
  const stray: Slot = { ...slot, schedule: { reference: 'Schedule/other' } };
  const found = openingsOf([slot, busy, stray], [schedule]);
  expect(found.map((one) => one.with)).toEqual(['Dr. Wu']);
});

test('an appointment names the patient and everybody of the schedule', () => {
  const opening = { slot, actors: schedule.actor ?? [], with: 'Dr. Wu' };
  const made = appointmentIn(opening, 'ana', 'proposed', '');
  expect(made.participant?.map((p) => p.actor?.reference)).toEqual([
    'Patient/ana',
    'Practitioner/dr',
    'Location/office',
  ]);
  expect(made).not.toHaveProperty('description');
  const bundle = JSON.stringify(bookingBundle(opening, 'ana', 'Check-up'));
  expect(bundle).toContain('"ifMatch":"W/\\"3\\""');
  expect(bundle).toContain('"status":"busy"');
});
