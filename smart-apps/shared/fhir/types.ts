/** The parts of FHIR R4 that the portal reads. Numbers are strings: see json.ts. */

/** The digits as the server sent them. */
export type Digits = string;

export interface Coding {
  system?: string;
  code?: string;
  display?: string;
}
export interface CodeableConcept {
  coding?: Coding[];
  text?: string;
}
export interface Reference {
  reference?: string;
  display?: string;
  type?: string;
}
export interface Identifier {
  system?: string;
  value?: string;
  type?: CodeableConcept;
}
export interface Period {
  start?: string;
  end?: string;
}
export interface Quantity {
  value?: Digits;
  comparator?: string;
  unit?: string;
  system?: string;
  code?: string;
}
export interface Range {
  low?: Quantity;
  high?: Quantity;
}
export interface Ratio {
  numerator?: Quantity;
  denominator?: Quantity;
}
export interface Money {
  value?: Digits;
  currency?: string;
}
export interface Annotation {
  text?: string;
  time?: string;
  authorString?: string;
}
export interface Extension {
  url: string;
  valueCode?: string;
  valueString?: string;
  valueReference?: Reference;
  valueBoolean?: boolean;
  valueUrl?: string;
  valueCoding?: Coding;
  extension?: Extension[];
}
export interface HumanName {
  use?: string;
  text?: string;
  family?: string;
  given?: string[];
  prefix?: string[];
  suffix?: string[];
  period?: Period;
}
export interface ContactPoint {
  system?: string;
  value?: string;
  use?: string;
  period?: Period;
}
export interface Address {
  use?: string;
  text?: string;
  line?: string[];
  city?: string;
  state?: string;
  postalCode?: string;
  country?: string;
  period?: Period;
}
export interface Attachment {
  contentType?: string;
  data?: string;
  url?: string;
  title?: string;
  creation?: string;
  size?: Digits;
}
export interface Dosage {
  text?: string;
  patientInstruction?: string;
  timing?: {
    code?: CodeableConcept;
    repeat?: { frequency?: Digits; period?: Digits; periodUnit?: string };
  };
  asNeededBoolean?: boolean;
  route?: CodeableConcept;
  doseAndRate?: { doseQuantity?: Quantity; doseRange?: Range }[];
}

export interface Meta {
  versionId?: string;
  lastUpdated?: string;
  tag?: Coding[];
  security?: Coding[];
  profile?: string[];
}
export interface Resource {
  resourceType: string;
  id?: string;
  meta?: Meta;
  extension?: Extension[];
}

export interface Patient extends Resource {
  resourceType: 'Patient';
  active?: boolean;
  name?: HumanName[];
  gender?: string;
  birthDate?: string;
  deceasedBoolean?: boolean;
  deceasedDateTime?: string;
  address?: Address[];
  telecom?: ContactPoint[];
  communication?: { language: CodeableConcept; preferred?: boolean }[];
  identifier?: Identifier[];
  maritalStatus?: CodeableConcept;
  generalPractitioner?: Reference[];
  contact?: { name?: HumanName; relationship?: CodeableConcept[]; telecom?: ContactPoint[] }[];
}
export interface RelatedPerson extends Resource {
  resourceType: 'RelatedPerson';
  active?: boolean;
  patient?: Reference;
  relationship?: CodeableConcept[];
  name?: HumanName[];
  period?: Period;
  telecom?: ContactPoint[];
}
export interface Person extends Resource {
  resourceType: 'Person';
  name?: HumanName[];
}

export interface ReferenceRange {
  low?: Quantity;
  high?: Quantity;
  type?: CodeableConcept;
  text?: string;
}
export interface Measured {
  valueQuantity?: Quantity;
  valueCodeableConcept?: CodeableConcept;
  valueString?: string;
  valueBoolean?: boolean;
  valueInteger?: Digits;
  valueRange?: Range;
  valueRatio?: Ratio;
  valueDateTime?: string;
  valueTime?: string;
  valuePeriod?: Period;
  dataAbsentReason?: CodeableConcept;
  interpretation?: CodeableConcept[];
  referenceRange?: ReferenceRange[];
}
export interface Observation extends Resource, Measured {
  resourceType: 'Observation';
  status?: string;
  category?: CodeableConcept[];
  code: CodeableConcept;
  effectiveDateTime?: string;
  effectivePeriod?: Period;
  effectiveInstant?: string;
  issued?: string;
  performer?: Reference[];
  note?: Annotation[];
  hasMember?: Reference[];
  component?: (Measured & { code: CodeableConcept })[];
  specimen?: Reference;
  encounter?: Reference;
  subject?: Reference;
}
export interface DiagnosticReport extends Resource {
  resourceType: 'DiagnosticReport';
  status?: string;
  category?: CodeableConcept[];
  code: CodeableConcept;
  effectiveDateTime?: string;
  effectivePeriod?: Period;
  issued?: string;
  performer?: Reference[];
  resultsInterpreter?: Reference[];
  result?: Reference[];
  conclusion?: string;
  presentedForm?: Attachment[];
  encounter?: Reference;
}
export interface Immunization extends Resource {
  resourceType: 'Immunization';
  status?: string;
  statusReason?: CodeableConcept;
  vaccineCode: CodeableConcept;
  occurrenceDateTime?: string;
  occurrenceString?: string;
  lotNumber?: string;
  manufacturer?: Reference;
  site?: CodeableConcept;
  route?: CodeableConcept;
  doseQuantity?: Quantity;
  performer?: { actor: Reference }[];
  location?: Reference;
  primarySource?: boolean;
  note?: Annotation[];
  protocolApplied?: {
    series?: string;
    doseNumberPositiveInt?: Digits;
    doseNumberString?: string;
    seriesDosesPositiveInt?: Digits;
  }[];
}
export interface Medication extends Resource {
  resourceType: 'Medication';
  code?: CodeableConcept;
}
export interface MedicationRequest extends Resource {
  resourceType: 'MedicationRequest';
  status?: string;
  intent?: string;
  medicationCodeableConcept?: CodeableConcept;
  medicationReference?: Reference;
  authoredOn?: string;
  requester?: Reference;
  reportedBoolean?: boolean;
  dosageInstruction?: Dosage[];
  reasonCode?: CodeableConcept[];
  dispenseRequest?: {
    numberOfRepeatsAllowed?: Digits;
    quantity?: Quantity;
    validityPeriod?: Period;
  };
  note?: Annotation[];
  contained?: Medication[];
}
export interface AllergyIntolerance extends Resource {
  resourceType: 'AllergyIntolerance';
  clinicalStatus?: CodeableConcept;
  verificationStatus?: CodeableConcept;
  type?: string;
  category?: string[];
  criticality?: string;
  code?: CodeableConcept;
  onsetDateTime?: string;
  recordedDate?: string;
  reaction?: {
    substance?: CodeableConcept;
    manifestation: CodeableConcept[];
    severity?: string;
    description?: string;
  }[];
  note?: Annotation[];
}
export interface Condition extends Resource {
  resourceType: 'Condition';
  clinicalStatus?: CodeableConcept;
  verificationStatus?: CodeableConcept;
  category?: CodeableConcept[];
  code?: CodeableConcept;
  onsetDateTime?: string;
  onsetString?: string;
  onsetPeriod?: Period;
  abatementDateTime?: string;
  recordedDate?: string;
  severity?: CodeableConcept;
  note?: Annotation[];
  encounter?: Reference;
}
export interface Encounter extends Resource {
  resourceType: 'Encounter';
  status?: string;
  class?: Coding;
  type?: CodeableConcept[];
  period?: Period;
  participant?: { individual?: Reference; type?: CodeableConcept[] }[];
  location?: { location: Reference }[];
  reasonCode?: CodeableConcept[];
  serviceProvider?: Reference;
  serviceType?: CodeableConcept;
  hospitalization?: { dischargeDisposition?: CodeableConcept };
}
export interface DocumentReference extends Resource {
  resourceType: 'DocumentReference';
  status?: string;
  docStatus?: string;
  type?: CodeableConcept;
  category?: CodeableConcept[];
  date?: string;
  author?: Reference[];
  description?: string;
  content?: { attachment: Attachment; format?: Coding }[];
  context?: { encounter?: Reference[]; period?: Period };
}
export interface Appointment extends Resource {
  resourceType: 'Appointment';
  status?: string;
  start?: string;
  end?: string;
  minutesDuration?: Digits;
  description?: string;
  patientInstruction?: string;
  comment?: string;
  serviceType?: CodeableConcept[];
  appointmentType?: CodeableConcept;
  reasonCode?: CodeableConcept[];
  cancelationReason?: CodeableConcept;
  participant?: { actor?: Reference; status?: string; type?: CodeableConcept[] }[];
}
export interface Communication extends Resource {
  resourceType: 'Communication';
  status?: string;
  category?: CodeableConcept[];
  topic?: CodeableConcept;
  subject?: Reference;
  sender?: Reference;
  recipient?: Reference[];
  sent?: string;
  received?: string;
  partOf?: Reference[];
  inResponseTo?: Reference[];
  about?: Reference[];
  payload?: {
    contentString?: string;
    contentAttachment?: Attachment;
    contentReference?: Reference;
  }[];
}
export interface PriceComponent {
  type?: string;
  code?: CodeableConcept;
  factor?: Digits;
  amount?: Money;
}
export interface Invoice extends Resource {
  resourceType: 'Invoice';
  status?: string;
  cancelledReason?: string;
  type?: CodeableConcept;
  date?: string;
  subject?: Reference;
  recipient?: Reference;
  issuer?: Reference;
  account?: Reference;
  identifier?: Identifier[];
  lineItem?: {
    sequence?: Digits;
    chargeItemReference?: Reference;
    chargeItemCodeableConcept?: CodeableConcept;
    priceComponent?: PriceComponent[];
  }[];
  totalPriceComponent?: PriceComponent[];
  totalNet?: Money;
  totalGross?: Money;
  paymentTerms?: string;
  note?: Annotation[];
}
export interface ChargeItem extends Resource {
  resourceType: 'ChargeItem';
  code?: CodeableConcept;
  occurrenceDateTime?: string;
  priceOverride?: Money;
}
export interface Practitioner extends Resource {
  resourceType: 'Practitioner';
  name?: HumanName[];
}
export interface Named extends Resource {
  name?: string | HumanName[];
}
export interface Binary extends Resource {
  resourceType: 'Binary';
  contentType?: string;
  data?: string;
}
export interface OperationOutcome extends Resource {
  resourceType: 'OperationOutcome';
  issue?: { severity?: string; code?: string; diagnostics?: string; details?: CodeableConcept }[];
}
export interface Bundle extends Resource {
  resourceType: 'Bundle';
  total?: Digits;
  link?: { relation: string; url: string }[];
  entry?: { resource?: Resource; search?: { mode?: string } }[];
}
