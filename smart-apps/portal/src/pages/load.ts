/** What each page asks the record for. */

import type { Record } from '@kinchart/shared/fhir/record';
import type {
  AllergyIntolerance,
  Appointment,
  ChargeItem,
  Communication,
  Condition,
  DiagnosticReport,
  DocumentReference,
  Encounter,
  Immunization,
  Invoice,
  Medication,
  MedicationRequest,
  Observation,
  Patient,
  Reference,
  Resource,
} from '@kinchart/shared/fhir/types';
import { localReference } from '@kinchart/shared/fhir/words';
import { namesFor, type NameOf } from '../views/directory';
import type { Service, Task } from '../views/handling';

const MANY = '200';

export async function loadObservations(
  record: Record,
  patient: string,
  category: string,
): Promise<Observation[]> {
  return record.search<Observation>('Observation', {
    patient,
    category,
    _sort: '-date',
    _count: MANY,
  });
}

export async function loadReports(record: Record, patient: string): Promise<DiagnosticReport[]> {
  return record.search<DiagnosticReport>('DiagnosticReport', {
    patient,
    _sort: '-date',
    _count: MANY,
  });
}

export interface Results {
  reports: DiagnosticReport[];
  labs: Observation[];
  vitals: Observation[];
  nameOf: NameOf;
}

export async function loadResults(record: Record, patient: string): Promise<Results> {
  const [reports, labs, vitals] = await Promise.all([
    loadReports(record, patient),
    loadObservations(record, patient, 'laboratory'),
    loadObservations(record, patient, 'vital-signs'),
  ]);
  const nameOf = await namesFor(record, [
    ...reports.flatMap((r) => r.performer ?? []),
    ...labs.flatMap((o) => o.performer ?? []),
  ]);
  return { reports, labs, vitals, nameOf };
}

interface Answer extends Resource {
  parameter?: { name: string }[];
}

/** How many results wait because the patient asked to hear them from a clinician. */
export async function loadWaiting(record: Record, patient: string): Promise<number> {
  const answer = await record
    .read<Answer>(`Patient/${patient}/$waiting-results`)
    .catch(() => undefined);
  return (answer?.parameter ?? []).filter((one) => one.name === 'waiting').length;
}

export async function loadImmunizations(
  record: Record,
  patient: string,
): Promise<{ immunizations: Immunization[]; nameOf: NameOf }> {
  const immunizations = await record.search<Immunization>('Immunization', {
    patient,
    _sort: '-date',
    _count: MANY,
  });
  return {
    immunizations,
    nameOf: await namesFor(
      record,
      immunizations.flatMap((i) => [i.location, ...(i.performer ?? []).map((p) => p.actor)]),
    ),
  };
}

export async function loadMedications(
  record: Record,
  patient: string,
): Promise<{
  requests: MedicationRequest[];
  medications: Map<string, Medication>;
  nameOf: NameOf;
}> {
  const all = await record.searchAll('MedicationRequest', {
    patient,
    _sort: '-authoredon',
    _include: 'MedicationRequest:medication',
    _count: MANY,
  });
  const requests = all.filter(
    (r): r is MedicationRequest => r.resourceType === 'MedicationRequest',
  );
  const medications = new Map(
    all
      .filter((r): r is Medication => r.resourceType === 'Medication')
      .map((m) => [`Medication/${m.id ?? ''}`, m]),
  );
  return {
    requests,
    medications,
    nameOf: await namesFor(
      record,
      requests.map((r) => r.requester),
    ),
  };
}

export async function loadAllergies(
  record: Record,
  patient: string,
): Promise<AllergyIntolerance[]> {
  return record.search<AllergyIntolerance>('AllergyIntolerance', { patient, _count: MANY });
}

export async function loadConditions(record: Record, patient: string): Promise<Condition[]> {
  return record.search<Condition>('Condition', { patient, _count: MANY });
}

export interface VisitPapers {
  encounters: Encounter[];
  documents: DocumentReference[];
  nameOf: NameOf;
}

export async function loadVisits(record: Record, patient: string): Promise<VisitPapers> {
  const [encounters, documents] = await Promise.all([
    record.search<Encounter>('Encounter', { patient, _sort: '-date', _count: MANY }),
    loadDocuments(record, patient),
  ]);
  const people = encounters.flatMap((e) => [
    e.serviceProvider,
    ...(e.participant ?? []).map((p) => p.individual),
    ...(e.location ?? []).map((l) => l.location),
  ]);
  return {
    encounters,
    documents,
    nameOf: await namesFor(record, [...people, ...documents.flatMap((d) => d.author ?? [])]),
  };
}

export async function loadDocuments(record: Record, patient: string): Promise<DocumentReference[]> {
  return record.search<DocumentReference>('DocumentReference', {
    patient,
    _sort: '-date',
    _count: MANY,
  });
}

export async function loadAppointments(
  record: Record,
  patient: string,
): Promise<{ appointments: Appointment[]; nameOf: NameOf }> {
  const appointments = await record.search<Appointment>('Appointment', {
    patient,
    _sort: 'date',
    _count: MANY,
  });
  return {
    appointments,
    nameOf: await namesFor(
      record,
      appointments.flatMap((a) => (a.participant ?? []).map((p) => p.actor)),
    ),
  };
}

export async function loadMessages(
  record: Record,
  patient: string,
): Promise<{
  messages: Communication[];
  nameOf: NameOf;
  tasks: Task[];
  services: Map<string, Service>;
}> {
  // A conversation is there also where how far it has come is not for the reader to see.
  const [messages, tasks] = await Promise.all([
    record.search<Communication>('Communication', { patient, _sort: '-sent', _count: MANY }),
    record
      .search<Task>('Task', {
        patient,
        code: 'message-handling',
        _sort: '-authored-on',
        _count: MANY,
      })
      .catch(() => []),
  ]);
  const services = await record
    .search<Service>('HealthcareService', { _count: MANY })
    .catch(() => []);
  return {
    messages,
    tasks,
    services: new Map(services.map((one) => [`HealthcareService/${one.id ?? ''}`, one])),
    nameOf: await namesFor(
      record,
      messages.flatMap((m) => [m.sender, ...(m.recipient ?? [])]),
    ),
  };
}

interface Role extends Resource {
  resourceType: 'PractitionerRole';
  healthcareService?: Reference[];
}

/** The groups of the practice that answer messages, and those the patient's own doctor belongs to. */
export async function loadPools(
  record: Record,
  patient: Patient,
): Promise<{ services: Service[]; own: Reference[] }> {
  const doctor = patient.generalPractitioner
    ?.map(localReference)
    .find((one) => one?.startsWith('Practitioner/'));
  // Without either the server finds who answers.
  const [services, roles] = await Promise.all([
    record.search<Service>('HealthcareService', { _count: MANY }).catch(() => []),
    doctor
      ? record.search<Role>('PractitionerRole', { practitioner: doctor }).catch(() => [])
      : [],
  ]);
  return { services, own: roles.flatMap((role) => role.healthcareService ?? []) };
}

export interface Bills {
  invoices: Invoice[];
  charges: ChargeItem[];
  nameOf: NameOf;
}

export async function loadBills(record: Record, patient: string): Promise<Bills> {
  const invoices = await record.search<Invoice>('Invoice', {
    patient,
    _sort: '-date',
    _count: MANY,
  });
  const needCharges = invoices.some((i) => i.lineItem?.some((l) => l.chargeItemReference));
  const [charges, nameOf] = await Promise.all([
    needCharges
      ? record.search<ChargeItem>('ChargeItem', { patient, _count: MANY }).catch(() => [])
      : [],
    namesFor(
      record,
      invoices.map((i) => i.issuer),
    ),
  ]);
  return { invoices, charges, nameOf };
}
