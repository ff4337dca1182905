/** A small made-up family for working on pages without a server. Not part of the portal. */

const category = (code) => [
  { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code }] },
];
const loinc = (code, display) => ({ coding: [{ system: 'http://loinc.org', code, display }] });
const interpretation = (code) => [
  {
    coding: [
      { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code },
    ],
  },
];
const text = (words) => ({ text: words });
const base64 = (words) => Buffer.from(words).toString('base64');

/** JSON numbers whose digits matter are written as `{"$digits":"7.20"}` and unwrapped when sent. */
export const digits = (value) => ({ $digits: value });

const quantity = (value, unit) => ({
  value: digits(value),
  unit,
  system: 'http://unitsofmeasure.org',
  code: unit,
});

let next = 0;
const id = (prefix) => `${prefix}-${(next += 1)}`;

function lab(patient, [code, name], value, unit, low, high, date, flag) {
  return {
    resourceType: 'Observation',
    id: id('lab'),
    status: 'final',
    category: category('laboratory'),
    code: loinc(code, name),
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: date,
    valueQuantity: quantity(value, unit),
    referenceRange: [
      { ...(low && { low: quantity(low, unit) }), ...(high && { high: quantity(high, unit) }) },
    ],
    ...(flag && { interpretation: interpretation(flag) }),
  };
}

function vital(patient, [code, name], value, unit, date) {
  return {
    resourceType: 'Observation',
    id: id('vital'),
    status: 'final',
    category: category('vital-signs'),
    code: loinc(code, name),
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: date,
    valueQuantity: quantity(value, unit),
  };
}

function pressure(patient, high, low, date) {
  return {
    resourceType: 'Observation',
    id: id('vital'),
    status: 'final',
    category: category('vital-signs'),
    code: loinc('85354-9', 'Blood pressure panel with all children optional'),
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: date,
    component: [
      { code: loinc('8480-6', 'Systolic blood pressure'), valueQuantity: quantity(high, 'mm[Hg]') },
      { code: loinc('8462-4', 'Diastolic blood pressure'), valueQuantity: quantity(low, 'mm[Hg]') },
    ],
  };
}

const doctor = { reference: 'Practitioner/okafor', display: 'Grace Okafor, MD' };

function adult(patient) {
  const subject = { reference: `Patient/${patient}` };
  const panel = [
    lab(
      patient,
      ['718-7', 'Hemoglobin [Mass/volume] in Blood'],
      '12.90',
      'g/dL',
      '12.0',
      '16.0',
      '2026-06-09T08:15:00-04:00',
      'N',
    ),
    lab(
      patient,
      ['2345-7', 'Glucose [Mass/volume] in Serum or Plasma'],
      '118',
      'mg/dL',
      '70',
      '99',
      '2026-06-09T08:15:00-04:00',
      'H',
    ),
    lab(
      patient,
      ['2823-3', 'Potassium [Moles/volume] in Serum or Plasma'],
      '3.30',
      'mmol/L',
      '3.5',
      '5.1',
      '2026-06-09T08:15:00-04:00',
      'L',
    ),
    lab(
      patient,
      ['2089-1', 'Cholesterol in LDL [Mass/volume] in Serum or Plasma'],
      '96',
      'mg/dL',
      undefined,
      '130',
      '2026-06-09T08:15:00-04:00',
    ),
  ];
  const earlier = ['2025-06-11', '2025-12-02', '2026-02-20'].map((date, at) =>
    lab(
      patient,
      ['2345-7', 'Glucose [Mass/volume] in Serum or Plasma'],
      ['104', '126', '121'][at],
      'mg/dL',
      '70',
      '99',
      `${date}T08:00:00-05:00`,
      'H',
    ),
  );
  const encounter = {
    resourceType: 'Encounter',
    id: 'visit-1',
    status: 'finished',
    class: { code: 'AMB' },
    type: [text('Office visit for diabetes follow-up')],
    subject,
    period: { start: '2026-06-09T09:00:00-04:00', end: '2026-06-09T09:30:00-04:00' },
    participant: [{ individual: doctor }],
    location: [{ location: { display: 'Middletown Primary Care' } }],
  };
  const document = (key, type, words, date) => ({
    resourceType: 'DocumentReference',
    id: key,
    status: 'current',
    type,
    subject,
    date,
    author: [doctor],
    content: [{ attachment: { contentType: 'text/plain', data: base64(words) } }],
    context: { encounter: [{ reference: 'Encounter/visit-1' }] },
  });
  return [
    ...panel,
    ...earlier,
    ...[
      ['82.4', '2025-06-11'],
      ['81.0', '2025-12-02'],
      ['79.60', '2026-06-09'],
    ].map(([kg, date]) =>
      vital(patient, ['29463-7', 'Body weight'], kg, 'kg', `${date}T09:00:00-04:00`),
    ),
    pressure(patient, '138', '88', '2025-06-11T09:00:00-04:00'),
    pressure(patient, '131', '84', '2025-12-02T09:00:00-05:00'),
    pressure(patient, '126', '80', '2026-06-09T09:00:00-04:00'),
    {
      resourceType: 'DiagnosticReport',
      id: 'report-1',
      status: 'final',
      category: [{ coding: [{ code: 'LAB' }] }],
      code: text('Metabolic and blood panel'),
      subject,
      effectiveDateTime: '2026-06-09T08:15:00-04:00',
      issued: '2026-06-10T07:02:11Z',
      result: panel.map((o) => ({ reference: `Observation/${o.id}` })),
      performer: [{ display: 'Middlesex Laboratory' }],
      conclusion: 'Glucose above the usual range. Potassium slightly low.',
    },
    {
      resourceType: 'DiagnosticReport',
      id: 'report-2',
      status: 'final',
      category: [{ coding: [{ code: 'LP29684-5' }] }],
      code: text('Chest X-ray, two views'),
      subject,
      effectiveDateTime: '2026-03-02',
      presentedForm: [
        {
          contentType: 'text/plain',
          data: base64(
            'FINDINGS: The lungs are clear.\nHeart size is normal.\n\nIMPRESSION: No acute finding.',
          ),
        },
      ],
    },
    {
      resourceType: 'MedicationRequest',
      id: 'rx-1',
      status: 'active',
      intent: 'order',
      medicationCodeableConcept: text('metformin 500 mg tablet'),
      subject,
      authoredOn: '2026-06-09',
      requester: doctor,
      dosageInstruction: [{ text: 'Take 1 tablet by mouth two times a day with meals' }],
      dispenseRequest: { numberOfRepeatsAllowed: 3, quantity: quantity('180', 'tablets') },
      reasonCode: [text('Type 2 diabetes mellitus (disorder)')],
    },
    {
      resourceType: 'MedicationRequest',
      id: 'rx-2',
      status: 'stopped',
      intent: 'order',
      medicationCodeableConcept: text('lisinopril 10 mg tablet'),
      subject,
      authoredOn: '2024-02-01',
      requester: doctor,
    },
    {
      resourceType: 'AllergyIntolerance',
      id: 'al-1',
      clinicalStatus: { coding: [{ code: 'active' }] },
      code: text('Penicillin'),
      category: ['medication'],
      criticality: 'high',
      patient: subject,
      reaction: [{ manifestation: [text('Hives'), text('Trouble breathing')], severity: 'severe' }],
      recordedDate: '2015-05-04',
    },
    {
      resourceType: 'Condition',
      id: 'co-1',
      clinicalStatus: { coding: [{ code: 'active' }] },
      category: [{ coding: [{ code: 'problem-list-item' }] }],
      code: text('Type 2 diabetes mellitus (disorder)'),
      subject,
      onsetDateTime: '2021-03',
    },
    {
      resourceType: 'Condition',
      id: 'co-2',
      clinicalStatus: { coding: [{ code: 'resolved' }] },
      category: [{ coding: [{ code: 'encounter-diagnosis' }] }],
      code: text('Acute bronchitis'),
      subject,
      onsetDateTime: '2026-03-01',
    },
    {
      resourceType: 'Immunization',
      id: 'im-1',
      status: 'completed',
      vaccineCode: text('COVID-19, mRNA vaccine'),
      patient: subject,
      occurrenceDateTime: '2025-10-04',
      lotNumber: 'FX1234',
      performer: [{ actor: { display: 'Middlesex Pharmacy' } }],
      protocolApplied: [{ doseNumberPositiveInt: 4 }],
    },
    {
      resourceType: 'Immunization',
      id: 'im-2',
      status: 'completed',
      vaccineCode: text('COVID-19, mRNA vaccine'),
      patient: subject,
      occurrenceDateTime: '2024-10-02',
    },
    {
      resourceType: 'Immunization',
      id: 'im-3',
      status: 'completed',
      vaccineCode: text('Influenza, seasonal'),
      patient: subject,
      occurrenceDateTime: '2025-10-04',
    },
    encounter,
    document(
      'doc-avs',
      { coding: [{ code: '34133-9' }, { code: 'after-visit-summary' }] },
      'AFTER VISIT SUMMARY\n\nYou were seen for: diabetes follow-up.\n\nWhat to do next\n- Keep taking metformin two times a day.\n- Have your blood drawn again in three months.\n\nCall the office if you feel dizzy.',
      '2026-06-09T09:35:00-04:00',
    ),
    document(
      'doc-note',
      loinc('11506-3', 'Progress note'),
      'Ana is doing well. Weight down 1.4 kg since December. Glucose still above goal. Continue metformin, recheck in 3 months.',
      '2026-06-09T10:10:00-04:00',
    ),
    {
      resourceType: 'Appointment',
      id: 'ap-1',
      status: 'booked',
      serviceType: [text('Diabetes check-up')],
      start: '2026-06-23T13:30:00Z',
      end: '2026-06-23T14:00:00Z',
      minutesDuration: 30,
      patientInstruction: 'Bring your blood sugar log. No need to fast.',
      participant: [
        { actor: subject, status: 'accepted' },
        { actor: doctor, status: 'accepted' },
        {
          actor: { reference: 'Location/mpc', display: 'Middletown Primary Care' },
          status: 'accepted',
        },
      ],
    },
    {
      resourceType: 'Communication',
      id: 'msg-1',
      status: 'completed',
      category: [{ coding: [{ code: 'test-result-question' }] }],
      subject,
      sender: { ...subject, display: 'Ana Rivera' },
      recipient: [{ display: 'Middletown Primary Care' }],
      sent: '2026-06-10T18:04:00Z',
      received: '2026-06-10T19:00:00Z',
      payload: [
        {
          contentString: 'My potassium is a little low. Should I change anything before my visit?',
        },
      ],
    },
    {
      resourceType: 'Communication',
      id: 'msg-2',
      status: 'completed',
      subject,
      partOf: [{ reference: 'Communication/msg-1' }],
      inResponseTo: [{ reference: 'Communication/msg-1' }],
      sender: { reference: 'PractitionerRole/nurse', display: 'Sam Lee, RN' },
      recipient: [subject],
      sent: '2026-06-11T14:20:00Z',
      payload: [
        {
          contentString:
            'Hello Ana,\n\nDr. Okafor looked at it. It is only slightly low. Eat a banana or some beans each day, and we will check again on the 23rd.\n\nSam',
        },
      ],
    },
    {
      resourceType: 'Invoice',
      id: 'inv-1',
      status: 'issued',
      identifier: [{ system: 'https://kinchart.org/statement-number', value: 'S-20418' }],
      subject,
      date: '2026-06-12',
      issuer: { display: 'Middlesex Health' },
      lineItem: [
        {
          chargeItemCodeableConcept: text('Office visit, established patient'),
          priceComponent: [
            { type: 'base', amount: { value: digits('185.00'), currency: 'USD' } },
            {
              type: 'deduction',
              code: text('Paid by insurance'),
              amount: { value: digits('-148.00'), currency: 'USD' },
            },
          ],
        },
        {
          chargeItemCodeableConcept: text('Metabolic panel'),
          priceComponent: [{ type: 'base', amount: { value: digits('42.10'), currency: 'USD' } }],
        },
      ],
      totalGross: { value: digits('79.10'), currency: 'USD' },
    },
    {
      resourceType: 'Invoice',
      id: 'inv-2',
      status: 'balanced',
      identifier: [{ value: 'S-19877' }],
      subject,
      date: '2026-03-04',
      lineItem: [{ chargeItemCodeableConcept: text('X-ray, chest') }],
      totalGross: { value: digits('60.00'), currency: 'USD' },
    },
  ].map((r) => ({ ...r, $patient: patient }));
}

const person = (key, given, family, birthDate, gender) => ({
  resourceType: 'Patient',
  id: key,
  name: [{ use: 'official', given: [given], family }],
  birthDate,
  gender,
  telecom: [{ system: 'phone', value: '860-555-0142', use: 'mobile' }],
  address: [{ line: ['12 Maple Street'], city: 'Middletown', state: 'CT', postalCode: '06457' }],
  communication: [{ language: text('English') }],
  $patient: key,
});

const mother = (child) => ({
  resourceType: 'RelatedPerson',
  id: `rp-${child}`,
  active: true,
  patient: { reference: `Patient/${child}` },
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
  name: [{ given: ['Ana'], family: 'Rivera' }],
  $patient: child,
});

export const people = [
  { patient: 'ana', label: 'Ana Rivera (you)', fhirUser: 'Patient/ana' },
  { patient: 'mia', label: 'Mia Rivera, 11', fhirUser: 'RelatedPerson/rp-mia' },
  { patient: 'leo', label: 'Leo Rivera, 15', fhirUser: 'RelatedPerson/rp-leo' },
  { patient: 'gone', label: 'A chart that is no longer shared', fhirUser: 'RelatedPerson/rp-gone' },
];

export const record = [
  person('ana', 'Ana', 'Rivera', '1984-02-11', 'female'),
  person('mia', 'Mia', 'Rivera', '2015-01-30', 'female'),
  {
    ...person('leo', 'Leo', 'Rivera', '2011-02-01', 'male'),
    meta: {
      tag: [
        { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' },
      ],
    },
  },
  mother('mia'),
  mother('leo'),
  mother('gone'),
  ...adult('ana'),
  {
    resourceType: 'Immunization',
    id: 'im-9',
    status: 'completed',
    vaccineCode: text('Measles, mumps and rubella'),
    patient: { reference: 'Patient/mia' },
    occurrenceDateTime: '2019-03-02',
    $patient: 'mia',
  },
];
