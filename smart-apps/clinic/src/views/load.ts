/** What the panels of a chart ask the record for. */

import type { Record } from '@kinchart/shared/fhir/record';
import type {
  AllergyIntolerance,
  Appointment,
  Condition,
  DiagnosticReport,
  DocumentReference,
  Encounter,
  Immunization,
  Medication,
  MedicationRequest,
  Observation,
  Resource,
} from '@kinchart/shared/fhir/types';
import type { Flag } from './banner';

const MANY = '500';

export function encountersOf(record: Record, patient: string): Promise<Encounter[]> {
  return record.search<Encounter>('Encounter', { patient, _sort: '-date', _count: MANY });
}

export function flagsOf(record: Record, patient: string): Promise<Flag[]> {
  return record.search<Flag>('Flag', { patient });
}

export function allergiesOf(record: Record, patient: string): Promise<AllergyIntolerance[]> {
  return record.search<AllergyIntolerance>('AllergyIntolerance', { patient });
}

export function conditionsOf(record: Record, patient: string): Promise<Condition[]> {
  return record.search<Condition>('Condition', { patient, _count: MANY });
}

export function immunizationsOf(record: Record, patient: string): Promise<Immunization[]> {
  return record.search<Immunization>('Immunization', { patient, _count: MANY });
}

export function documentsOf(record: Record, patient: string): Promise<DocumentReference[]> {
  return record.search<DocumentReference>('DocumentReference', {
    patient,
    _sort: '-date',
    _count: MANY,
  });
}

export function vitalsOf(record: Record, patient: string): Promise<Observation[]> {
  return record.search<Observation>('Observation', {
    patient,
    category: 'vital-signs',
    _sort: '-date',
    _count: MANY,
  });
}

export async function medicationsOf(
  record: Record,
  patient: string,
): Promise<{ requests: MedicationRequest[]; medications: Medication[] }> {
  const all = await record.searchAll('MedicationRequest', {
    patient,
    _include: 'MedicationRequest:medication',
    _count: MANY,
  });
  return { requests: ofType(all, 'MedicationRequest'), medications: ofType(all, 'Medication') };
}

export async function resultsOf(
  record: Record,
  patient: string,
): Promise<{ reports: DiagnosticReport[]; observations: Observation[] }> {
  const [reports, observations] = await Promise.all([
    record.search<DiagnosticReport>('DiagnosticReport', { patient, _sort: '-date', _count: '200' }),
    record.search<Observation>('Observation', {
      patient,
      category: 'laboratory',
      _sort: '-date',
      _count: '1000',
    }),
  ]);
  return { reports, observations };
}

export function appointmentsOf(record: Record, patient: string): Promise<Appointment[]> {
  return record.search<Appointment>('Appointment', { patient, _sort: 'date', _count: MANY });
}

function ofType<T extends Resource>(all: Resource[], type: T['resourceType']): T[] {
  return all.filter((one): one is T => one.resourceType === type);
}
