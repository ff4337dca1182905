import { expect, test } from 'vitest';
import type { Patient } from '@kinchart/shared/fhir/types';
import { flagWords, lifeOf, recordNumber, severeAllergies } from './banner';

const today = { year: 2026, month: 6, day: 15 };
const patient: Patient = {
  resourceType: 'Patient',
  birthDate: '2015-06-16',
  identifier: [
    { value: 'ssn' },
    { value: 'RB123', type: { coding: [{ code: 'MR' }] } },
  ],
};

test('the medical record number is the identifier that says it is one', () => {
  expect(recordNumber(patient)).toBe('RB123');
  expect(recordNumber({ resourceType: 'Patient' })).toBeUndefined();
});

test('an age turns on the birthday, and who died has none', () => {
  expect(lifeOf(patient, today)).toBe('10 years old');
  expect(lifeOf(patient, { ...today, day: 16 })).toBe('11 years old');
  expect(lifeOf({ ...patient, deceasedDateTime: '2026-05-01' }, today)).toBe('Died May 1, 2026');
});

test('only what is active and may kill stands in the banner', () => {
  const code = { text: 'Allergy to peanut' };
  expect(
    severeAllergies([
      { resourceType: 'AllergyIntolerance', criticality: 'high', code },
      { resourceType: 'AllergyIntolerance', criticality: 'low', code: { text: 'Pollen' } },
      {
        resourceType: 'AllergyIntolerance',
        criticality: 'high',
        code: { text: 'Latex' },
        clinicalStatus: { coding: [{ code: 'resolved' }] },
      },
    ]),
  ).toEqual(['peanut']);
  expect(
    flagWords([
      { resourceType: 'Flag', status: 'active', code: { text: 'Court order' } },
      { resourceType: 'Flag', status: 'inactive', code: { text: 'Old' } },
    ]),
  ).toEqual(['Court order']);
});
