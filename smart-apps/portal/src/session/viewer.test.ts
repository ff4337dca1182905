import { describe, expect, it } from 'vitest';
import type { Patient, RelatedPerson } from '@kinchart/shared/fhir/types';
import { viewerOf } from './viewer';

const patient: Patient = {
  resourceType: 'Patient',
  id: 'kid',
  name: [{ given: ['Mia'], family: 'Rivera' }],
  birthDate: '2013-11-21',
};
const parent: RelatedPerson = {
  resourceType: 'RelatedPerson',
  id: 'rp',
  name: [{ given: ['Ana'], family: 'Rivera' }],
  relationship: [
    {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode',
          code: 'MTH',
          display: 'mother',
        },
      ],
    },
  ],
};
const at = (time: string) => Date.parse(time);

describe('what a reader may expect follows from relationship and age', () => {
  it('shows a parent the whole chart until the thirteenth birthday begins', () => {
    expect(viewerOf(patient, parent, at('2026-11-20T23:59:59-05:00')).reach).toBe('full');
    expect(viewerOf(patient, parent, at('2026-11-21T00:00:00-05:00')).reach).toBe('demographics');
  });
  it('leaves adults to the server, which says when access has ended', () => {
    const adult = viewerOf(patient, parent, at('2031-11-21T00:00:00-05:00'));
    expect(adult).toMatchObject({ reach: 'full', standing: 'adult-proxy' });
  });
  it('believes the server when it already redacts', () => {
    const redacted: Patient = { ...patient, meta: { tag: [{ code: 'SUBSETTED' }] } };
    expect(viewerOf(redacted, parent, at('2026-11-20T12:00:00-05:00')).reach).toBe('demographics');
  });
  it('expects demographics only where the birth date is not known', () =>
    expect(
      viewerOf(
        { ...patient, birthDate: undefined } as unknown as Patient,
        {
          ...parent,
          extension: [
            {
              url: 'https://kinchart.org/fhir/StructureDefinition/proxy-relationship',
              valueCode: 'parent',
            },
          ],
        },
        Date.now(),
      ).reach,
    ).toBe('demographics'));
  it('binds guardians by the same ages, and other adults not', () => {
    const guardian: RelatedPerson = { ...parent, relationship: [{ coding: [{ code: 'GUARD' }] }] };
    const spouse: RelatedPerson = { ...parent, relationship: [{ coding: [{ code: 'SPS' }] }] };
    expect(viewerOf(patient, guardian, at('2027-01-01T12:00:00Z')).reach).toBe('demographics');
    expect(
      viewerOf({ ...patient, birthDate: '1980-01-01' }, spouse, at('2027-01-01T12:00:00Z')),
    ).toMatchObject({ reach: 'full', standing: 'adult-proxy' });
    expect(
      viewerOf({ ...patient, birthDate: '1950-01-01' }, guardian, at('2027-01-01T12:00:00Z')),
    ).toMatchObject({ reach: 'full', standing: 'adult-proxy' });
  });
  it('gives no age to someone who has died', () => {
    const now = at('2026-06-15T12:00:00Z');
    expect(viewerOf({ ...patient, deceasedDateTime: '2026-03-02' }, parent, now).age).toBe(
      'Died March 2, 2026',
    );
    expect(viewerOf({ ...patient, deceasedBoolean: true }, parent, now).age).toBe('Died');
    expect(viewerOf({ ...patient, deceasedBoolean: false }, parent, now).age).toBe('12 years old');
  });
  it('names who acts for whom', () => {
    expect(viewerOf(patient, parent, at('2026-06-15T12:00:00Z'))).toMatchObject({
      actingName: 'Ana Rivera',
      relationship: 'mother',
      patientFirstName: 'Mia',
      age: '12 years old',
    });
    expect(viewerOf(patient, undefined, at('2026-06-15T12:00:00Z'))).toMatchObject({
      standing: 'self',
      actingName: undefined,
    });
  });
});
