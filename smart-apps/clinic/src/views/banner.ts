/** What stands in the banner of a patient. */

import { ageInWords, type Day } from '@kinchart/shared/fhir/age';
import { showDate } from '@kinchart/shared/fhir/dates';
import { conceptText, hasCode } from '@kinchart/shared/fhir/words';
import type { AllergyIntolerance, Patient, Resource } from '@kinchart/shared/fhir/types';
import type { CodeableConcept } from '@kinchart/shared/fhir/types';

export interface Flag extends Resource {
  resourceType: 'Flag';
  status?: string;
  code?: CodeableConcept;
}

/** The medical record number: the identifier of type MR, else the first there is. */
export function recordNumber(patient: Patient): string | undefined {
  const all = patient.identifier ?? [];
  const found = all.find((it) => it.type && hasCode(it.type, 'MR')) ?? all[0];
  return found?.value;
}

/** `11 years old`, or when they died. */
export function lifeOf(patient: Patient, today: Day): string {
  if (patient.deceasedDateTime) return `Died ${showDate(patient.deceasedDateTime, 'medium')}`;
  if (patient.deceasedBoolean) return 'Died';
  return ageInWords(patient.birthDate, today) ?? 'Age not known';
}

const SEXES: { [code: string]: string } = { female: 'Female', male: 'Male', other: 'Other' };

export function sexOf(patient: Patient): string | undefined {
  return SEXES[patient.gender ?? ''];
}

/** Active flags in words. */
export function flagWords(flags: Flag[]): string[] {
  return flags
    .filter((flag) => flag.status === 'active')
    .map((flag) => conceptText(flag.code, 'Flag'));
}

/** Allergies that may kill: high criticality and not refuted. */
export function severeAllergies(allergies: AllergyIntolerance[]): string[] {
  return allergies
    .filter((a) => a.criticality === 'high')
    .filter((a) => !hasCode(a.clinicalStatus, 'inactive', 'resolved'))
    .filter((a) => !hasCode(a.verificationStatus, 'refuted', 'entered-in-error'))
    .map((a) => substance(conceptText(a.code, 'unnamed')));
}

/** `Allergy to nut` → `nut`: what it is an allergy to. */
export function substance(text: string): string {
  return text.replace(/^allergy to (?:substance |drug )?/i, '').replace(/\s+allergy$/i, '');
}
