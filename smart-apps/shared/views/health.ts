/** Medications, allergies, problems and vaccines in plain words. */

import { newestFirst } from '../fhir/dates';
import { quantityText, rangeText } from '../fhir/quantity';
import { conceptText, hasCode, localReference, sentenceCase } from '../fhir/words';
import type {
  AllergyIntolerance,
  Condition,
  Dosage,
  Immunization,
  Medication,
  MedicationRequest,
} from '../fhir/types';

/** Live orders and reported use; plans and drafts are not medications someone takes. */
export function medicationLists(requests: MedicationRequest[]): {
  current: MedicationRequest[];
  past: MedicationRequest[];
} {
  const real = requests.filter((r) => r.status !== 'entered-in-error' && r.status !== 'draft');
  const current = real.filter((r) => r.status === 'active' || r.status === 'on-hold');
  return {
    current: newestFirst(current, (r) => r.authoredOn),
    past: newestFirst(
      real.filter((r) => !current.includes(r)),
      (r) => r.authoredOn,
    ),
  };
}

export function medicationName(
  request: MedicationRequest,
  medications: Map<string, Medication>,
): string {
  const reference = request.medicationReference;
  const inside = reference?.reference?.startsWith('#')
    ? request.contained?.find((m) => `#${m.id ?? ''}` === reference.reference)
    : undefined;
  const found = inside ?? medications.get(localReference(reference) ?? '');
  return sentenceCase(
    conceptText(request.medicationCodeableConcept) ||
      conceptText(found?.code) ||
      reference?.display ||
      'Medication',
  );
}

const PERIODS: { [unit: string]: string } = {
  h: 'hour',
  d: 'day',
  wk: 'week',
  mo: 'month',
  min: 'minute',
  a: 'year',
};

/** How to take it: the words of the prescription, else words made from its timing. */
export function dosageText(dosages: Dosage[] | undefined): string | undefined {
  const said = (dosages ?? [])
    .map((dosage) => dosage.patientInstruction ?? dosage.text ?? timedText(dosage))
    .filter(Boolean);
  return said.length > 0 ? sentenceCase(said.join('. ')) : undefined;
}

function timedText(dosage: Dosage): string {
  const dose =
    quantityText(dosage.doseAndRate?.[0]?.doseQuantity) ??
    rangeText(dosage.doseAndRate?.[0]?.doseRange);
  const repeat = dosage.timing?.repeat;
  const times =
    repeat?.frequency === '1' || !repeat?.frequency
      ? 'once'
      : repeat.frequency === '2'
        ? 'twice'
        : `${repeat.frequency} times`;
  const unit = PERIODS[repeat?.periodUnit ?? ''];
  const every =
    repeat?.period === '1' || !repeat?.period
      ? `a ${unit ?? ''}`
      : `every ${repeat.period} ${unit ?? ''}s`;
  const when = unit ? `${times} ${every}` : conceptText(dosage.timing?.code);
  return [dose, when, dosage.asNeededBoolean ? 'when needed' : undefined]
    .filter(Boolean)
    .join(', ');
}

export function allergyLists(allergies: AllergyIntolerance[]): {
  active: AllergyIntolerance[];
  past: AllergyIntolerance[];
} {
  const real = allergies.filter(
    (a) => !hasCode(a.verificationStatus, 'entered-in-error', 'refuted'),
  );
  const past = real.filter((a) => hasCode(a.clinicalStatus, 'inactive', 'resolved'));
  return {
    active: newestFirst(
      real.filter((a) => !past.includes(a)),
      (a) => a.recordedDate ?? a.onsetDateTime,
    ),
    past,
  };
}

/** A statement such as `No known allergies` is not an allergy. */
export function saysNoAllergies(allergy: AllergyIntolerance): boolean {
  return (
    hasCode(allergy.code, '716186003', '409137002', '428607008', '429625007') ||
    /^no known /i.test(conceptText(allergy.code))
  );
}

export function conditionLists(conditions: Condition[]): {
  current: Condition[];
  past: Condition[];
  visits: Condition[];
} {
  const real = conditions.filter(
    (c) => !hasCode(c.verificationStatus, 'entered-in-error', 'refuted'),
  );
  const onlyVisit = real.filter(
    (c) =>
      hasCode(c.category, 'encounter-diagnosis') &&
      !hasCode(c.category, 'problem-list-item', 'health-concern'),
  );
  const listed = real.filter((c) => !onlyVisit.includes(c));
  const ended = (c: Condition) =>
    hasCode(c.clinicalStatus, 'inactive', 'resolved', 'remission') ||
    c.abatementDateTime !== undefined;
  const by = (c: Condition) => c.onsetDateTime ?? c.onsetPeriod?.start ?? c.recordedDate;
  return {
    current: newestFirst(
      listed.filter((c) => !ended(c)),
      by,
    ),
    past: newestFirst(listed.filter(ended), by),
    visits: newestFirst(onlyVisit, by),
  };
}

export function plainName(text: string): string {
  return sentenceCase(
    text.replace(/\s*\((disorder|finding|situation|procedure|substance)\)$/i, ''),
  );
}

/** What visits were about: each diagnosis once, with every visit's date, newest first. */
export function diagnosesOf(conditions: Condition[]): { name: string; dates: string[] }[] {
  const groups = new Map<string, string[]>();
  for (const condition of conditions) {
    const name = plainName(conceptText(condition.code, 'Diagnosis'));
    const date = condition.onsetDateTime ?? condition.recordedDate;
    groups.set(name, [...(groups.get(name) ?? []), ...(date ? [date] : [])]);
  }
  return [...groups].map(([name, dates]) => ({ name, dates }));
}

/** The family a product belongs to, for the vaccines whose products change every year. */
function vaccineName(product: string): string {
  if (/covid|sars-cov-2/i.test(product)) return 'COVID-19';
  if (/influenza/i.test(product)) return 'Flu (influenza)';
  return product;
}

/** Doses of one vaccine together, newest first; only doses that were given. */
export function vaccineGroups(
  immunizations: Immunization[],
): { name: string; doses: Immunization[] }[] {
  const groups = new Map<string, Immunization[]>();
  for (const one of newestFirst(immunizations, (i) => i.occurrenceDateTime)) {
    if (one.status !== undefined && one.status !== 'completed') continue;
    const name = vaccineName(vaccineProduct(one));
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups].map(([name, doses]) => ({ name, doses }));
}

export function vaccineProduct(immunization: Immunization): string {
  return sentenceCase(conceptText(immunization.vaccineCode, 'Vaccine'));
}

export function doseNumber(immunization: Immunization): string | undefined {
  const protocol = immunization.protocolApplied?.[0];
  const dose = protocol?.doseNumberPositiveInt ?? protocol?.doseNumberString;
  if (!dose) return undefined;
  return protocol?.seriesDosesPositiveInt
    ? `Dose ${dose} of ${protocol.seriesDosesPositiveInt}`
    : `Dose ${dose}`;
}
