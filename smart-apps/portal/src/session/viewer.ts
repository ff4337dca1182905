/** Who is reading, whose chart is open, and what that allows at this age. Never looks at the record itself. */

import { ageInWords, attained, dayIn, type Day } from '@kinchart/shared/fhir/age';
import { showDate } from '@kinchart/shared/fhir/dates';
import { conceptText, firstName, fullName, hasCode } from '@kinchart/shared/fhir/words';
import type { Patient, RelatedPerson } from '@kinchart/shared/fhir/types';
import { adultAge, organizationZone, teenAge } from '../site';

/** `parent` covers legal guardians of minors: the same ages bind them. */
export type Standing = 'self' | 'parent' | 'adult-proxy';

/** What to expect: the whole chart, or demographics only. That access has ended, the server tells. */
export type Reach = 'full' | 'demographics';

export interface Viewer {
  patient: Patient;
  patientId: string;
  patientName: string;
  patientFirstName: string;
  /** `11 years old`, or when they died. */
  age: string | undefined;
  standing: Standing;
  /** The proxy's own name, when someone acts for the patient. */
  actingName: string | undefined;
  /** `mother`, `guardian`, `husband`: from the relationship on file. */
  relationship: string | undefined;
  reach: Reach;
  /** Pages beyond demographics that the organization shares with parents of teenagers. */
  stillSees: readonly ('immunizations' | 'appointments')[];
}

const RELATIONSHIP = 'https://kinchart.org/fhir/StructureDefinition/proxy-relationship';

/** Codes of the v3 RoleCode system that make someone a parent in the eyes of the age rules. */
const PARENTS = [
  'PRN',
  'MTH',
  'FTH',
  'NMTH',
  'NFTH',
  'ADOPTP',
  'ADOPTM',
  'ADOPTF',
  'PRNFOST',
  'MTHFOST',
  'FTHFOST',
  'STPPRN',
  'STPMTH',
  'STPFTH',
  'GUARD',
  'GRPRN',
];

export function viewerOf(patient: Patient, proxy: RelatedPerson | undefined, now: number): Viewer {
  const today = dayIn(organizationZone, now);
  const standing = standingOf(proxy, patient, today);
  return {
    patient,
    patientId: patient.id ?? '',
    patientName: fullName(patient.name),
    patientFirstName: firstName(patient.name),
    age: lifeInWords(patient, today),
    standing,
    actingName: proxy && fullName(proxy.name, 'a family member'),
    relationship: proxy && relationshipWords(proxy),
    reach: reachOf(standing, patient, today),
    stillSees: [],
  };
}

function lifeInWords(patient: Patient, today: Day): string | undefined {
  if (patient.deceasedDateTime) return `Died ${showDate(patient.deceasedDateTime)}`;
  return patient.deceasedBoolean ? 'Died' : ageInWords(patient.birthDate, today);
}

function standingOf(proxy: RelatedPerson | undefined, patient: Patient, today: Day): Standing {
  if (!proxy) return 'self';
  if (patient.birthDate !== undefined && attained(patient.birthDate, adultAge, today)) {
    return 'adult-proxy';
  }
  const declared = proxy.extension?.find((e) => e.url === RELATIONSHIP)?.valueCode;
  const parental =
    declared === undefined
      ? hasCode(proxy.relationship, ...PARENTS)
      : declared === 'parent' || declared === 'guardian';
  return parental ? 'parent' : 'adult-proxy';
}

/** From age and relationship alone, so that it says nothing about what the record holds. */
function reachOf(standing: Standing, patient: Patient, today: Day): Reach {
  if (standing !== 'parent') return 'full';
  const subsetted = patient.meta?.tag?.some((tag) => tag.code === 'SUBSETTED') ?? false;
  if (!patient.birthDate) return 'demographics';
  return subsetted || attained(patient.birthDate, teenAge, today) ? 'demographics' : 'full';
}

function relationshipWords(proxy: RelatedPerson): string | undefined {
  const words = conceptText(
    proxy.relationship?.find((r) =>
      (r.coding ?? []).some((c) => c.system?.includes('v3-RoleCode')),
    ) ?? proxy.relationship?.[0],
  );
  return words ? words.toLowerCase() : undefined;
}
