import { describe, expect, it } from 'vitest';
import type {
  Communication,
  DocumentReference,
  Encounter,
  Invoice,
  Observation,
} from '@kinchart/shared/fhir/types';
import { niceBounds } from '@kinchart/shared/parts/trend_chart';
import { balanceOf, billsOf, guestCodeIn } from './bills';
import { conditionLists, diagnosesOf, dosageText, vaccineGroups } from '@kinchart/shared/views/health';
import { threadsOf } from './messages';
import {
  everydayFirst,
  isAllUsual,
  isUnreviewed,
  outsidePanels,
  panelsOf,
  seriesOf,
  testName,
  trendOf,
} from '@kinchart/shared/views/results';
import { visitsOf } from '@kinchart/shared/views/visits';

const lab = (id: string, date: string, value: string, unit = 'g/dL'): Observation => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: {
    coding: [
      { system: 'http://loinc.org', code: '718-7', display: 'Hemoglobin [Mass/volume] in Blood' },
    ],
  },
  effectiveDateTime: date,
  valueQuantity: { value, unit },
  referenceRange: [{ low: { value: '12.0' }, high: { value: '16.0' } }],
});

describe('results', () => {
  const all = [
    lab('a', '2025-01-01', '11.0'),
    lab('b', '2026-01-01', '13.50'),
    lab('c', '2024-01-01', '8.1', 'mmol/L'),
  ];
  it('groups one test through time, newest first', () => {
    const [series] = seriesOf(all);
    expect(series?.name).toBe('Hemoglobin');
    expect(series?.all.map((o) => o.id)).toEqual(['b', 'a', 'c']);
  });
  it('draws only values that share the unit of the newest', () => {
    const trend = trendOf(seriesOf(all)[0]?.all ?? []);
    expect(trend?.lines[0]?.points.map((p) => p.digits)).toEqual(['11.0', '13.50']);
    expect([trend?.low, trend?.high, trend?.unit]).toEqual([12, 16, 'g/dL']);
  });
  it('knows a report nobody is named for as unreviewed', () => {
    const report = { resourceType: 'DiagnosticReport' as const, code: { text: 'Panel' } };
    expect(isUnreviewed(report)).toBe(true);
    const by = [{ reference: 'Practitioner/d' }];
    expect(isUnreviewed({ ...report, resultsInterpreter: by })).toBe(false);
  });
  it('draws nothing from a single value', () =>
    expect(trendOf([lab('a', '2025-01-01', '1')])).toBeUndefined());
  it('draws both lines of blood pressure', () => {
    const pressure = (date: string, s: string, d: string): Observation => ({
      resourceType: 'Observation',
      code: { text: 'Blood pressure' },
      effectiveDateTime: date,
      component: [
        { code: { text: 'Systolic blood pressure' }, valueQuantity: { value: s, unit: 'mmHg' } },
        { code: { text: 'Diastolic blood pressure' }, valueQuantity: { value: d, unit: 'mmHg' } },
      ],
    });
    expect(
      trendOf([
        pressure('2026-01-01', '120', '80'),
        pressure('2025-01-01', '130', '85'),
      ])?.lines.map((l) => l.name),
    ).toEqual(['Systolic', 'Diastolic']);
  });
  it('leaves out what was entered by mistake', () =>
    expect(seriesOf([{ ...lab('x', '2026-01-01', '1'), status: 'entered-in-error' }])).toEqual([]));
  it('counts what is outside the usual range in a panel, and keeps single tests apart', () => {
    const report = {
      resourceType: 'DiagnosticReport' as const,
      id: 'r',
      status: 'final',
      code: { text: 'Blood count' },
      result: [{ reference: 'Observation/a' }, { reference: 'Observation/hidden' }],
    };
    const panels = panelsOf([report], all);
    expect(panels[0]?.attention).toBe(1);
    expect(outsidePanels(all, panels).map((series) => series.latest.id)).toEqual(['b']);
    expect(outsidePanels([all[0] ?? lab('a', '', '')], panels)).toEqual([]);
  });
  it('says all is usual only when every value was judged', () => {
    const report = {
      resourceType: 'DiagnosticReport' as const,
      code: { text: 'Culture' },
      result: [{ reference: 'Observation/b' }, { reference: 'Observation/t' }],
    };
    const unjudged: Observation = {
      resourceType: 'Observation',
      id: 't',
      code: { text: 'Bacteria' },
      valueString: 'none',
    };
    const usual = (members: Observation[]) => panelsOf([report], members).map(isAllUsual);
    expect(usual([lab('b', '2026-01-01', '13.50'), unjudged])).toEqual([false]);
    expect(usual([lab('b', '2026-01-01', '13.50')])).toEqual([true]);
  });
  it.each([
    ['Basic metabolic panel - Blood', 'Basic metabolic panel'],
    ['Microalbumin/Creatinine [Mass Ratio] in Urine', 'Microalbumin/Creatinine'],
    ['Bacteria identified in Urine by Culture', 'Bacteria identified'],
    ['CBC panel - Blood by Automated count', 'CBC panel'],
    ['Blood smear finding', 'Blood smear finding'],
  ])('shortens %s', (text, name) => expect(testName({ code: { text } })).toBe(name));
  it('keeps a name that is nothing but machine words', () =>
    expect(testName({ code: { text: '[X] in Y' } })).toBe('[X] in Y'));
  it('puts the measurements people ask for first', () => {
    const series = (text: string) =>
      seriesOf([{ ...lab(text, '2026-01-01', '1'), code: { text } }]);
    const named = ['Peak flow', 'Height', 'Blood pressure'].flatMap(series);
    expect(everydayFirst(named).map((s) => s.name)).toEqual([
      'Blood pressure',
      'Height',
      'Peak flow',
    ]);
  });
  it('rounds the axis', () => expect(niceBounds(11, 16)).toEqual({ min: 10, max: 18, step: 2 }));
});

describe('messages', () => {
  const message = (id: string, sent: string, more: Partial<Communication>): Communication => ({
    resourceType: 'Communication',
    id,
    status: 'completed',
    sent,
    ...more,
  });
  const practice = { sender: { reference: 'PractitionerRole/1' } };
  const all = [
    message('3', '2026-03-03T10:00:00Z', {
      ...practice,
      partOf: [{ reference: 'Communication/1' }],
    }),
    message('1', '2026-03-01T10:00:00Z', {
      sender: { reference: 'Patient/p' },
      category: [{ coding: [{ code: 'medical-question' }] }],
    }),
    message('2', '2026-03-02T10:00:00Z', {
      ...practice,
      inResponseTo: [{ reference: 'Communication/1' }],
      received: '2026-03-02T11:00:00Z',
    }),
    message('9', '2026-03-09T10:00:00Z', {
      ...practice,
      partOf: [{ reference: 'Communication/8' }],
    }),
  ];
  it('puts answers under their head, also when the head cannot be read', () => {
    const threads = threadsOf(all, 'p');
    expect(threads.map((t) => [t.id, t.messages.map((m) => m.id)])).toEqual([
      ['8', ['9']],
      ['1', ['1', '2', '3']],
    ]);
    expect(threads[1]?.subject).toBe('Medical question');
  });
  it('counts as unread only what came from the practice and was not opened', () =>
    expect(threadsOf(all, 'p').map((t) => t.unread)).toEqual([1, 1]));
  it('does not turn for ever on a circle', () => {
    const circle = [
      message('a', '2026-01-01', { partOf: [{ reference: 'Communication/b' }] }),
      message('b', '2026-01-01', { partOf: [{ reference: 'Communication/a' }] }),
    ];
    expect(threadsOf(circle, 'p').length).toBeGreaterThan(0);
  });
});

describe('bills', () => {
  const invoice = (
    id: string,
    status: string,
    total: string,
    more: Partial<Invoice> = {},
  ): Invoice => ({
    resourceType: 'Invoice',
    id,
    status,
    date: '2026-01-01',
    totalGross: { value: total, currency: 'USD' },
    ...more,
  });
  it('adds what is open, exactly', () =>
    expect(
      balanceOf(
        billsOf(
          [
            invoice('a', 'issued', '0.10'),
            invoice('b', 'issued', '0.20'),
            invoice('c', 'balanced', '99.00'),
            invoice('d', 'draft', '7.00'),
          ],
          [],
        ),
      ),
    ).toBe('0.30'));
  it('adds the parts of a line, taking deductions off', () => {
    const line = {
      chargeItemCodeableConcept: { text: 'Visit' },
      priceComponent: [
        { type: 'base', amount: { value: '150.00' } },
        { type: 'deduction', amount: { value: '25.50' } },
        { type: 'informational', amount: { value: '9' } },
      ],
    };
    expect(
      billsOf([invoice('a', 'issued', '124.50', { lineItem: [line] })], [])[0]?.lines[0],
    ).toMatchObject({ description: 'Visit', amount: '124.50' });
  });
});

describe('visits', () => {
  const encounter: Encounter = {
    resourceType: 'Encounter',
    id: 'e',
    status: 'finished',
    class: { code: 'AMB' },
    period: { start: '2026-01-01T10:00:00Z' },
  };
  const paper = (id: string, code: string, contentType: string): DocumentReference => ({
    resourceType: 'DocumentReference',
    id,
    status: 'current',
    type: { coding: [{ code }] },
    content: [{ attachment: { contentType, url: `Binary/${id}` } }],
    context: { encounter: [{ reference: 'Encounter/e' }] },
  });
  it('offers a summary and notes only when there is text to read', () => {
    const [visit] = visitsOf(
      [encounter],
      [
        paper('s', 'after-visit-summary', 'text/plain'),
        paper('n', '11506-3', 'text/plain;charset=utf-8'),
        paper('pdf', '11506-3', 'application/pdf'),
      ],
      Date.now(),
    );
    expect([visit?.summary?.id, visit?.notes.map((n) => n.id), visit?.title]).toEqual([
      's',
      ['n'],
      'Office visit',
    ]);
  });
  it('offers no notes where this reader may read none', () => {
    const [visit] = visitsOf([encounter], [paper('s', 'after-visit-summary', 'text/plain')], 0);
    expect([visit?.summary?.id, visit?.notes]).toEqual(['s', []]);
  });
  it('tells planned from past', () =>
    expect(
      visitsOf(
        [{ ...encounter, status: 'planned', period: { start: '2030-01-01' } }],
        [],
        Date.parse('2026-01-01'),
      )[0]?.past,
    ).toBe(false));
});

describe('health', () => {
  it('makes words from timing when the prescription has none', () => {
    expect(
      dosageText([
        {
          doseAndRate: [{ doseQuantity: { value: '1', unit: 'tablet' } }],
          timing: { repeat: { frequency: '2', period: '1', periodUnit: 'd' } },
          asNeededBoolean: true,
        },
      ]),
    ).toBe('1 tablet, twice a day, when needed');
    expect(dosageText([{ text: 'take one at night' }])).toBe('Take one at night');
    expect(dosageText(undefined)).toBeUndefined();
  });
  it('groups doses and leaves out those not given', () => {
    const dose = (id: string, status: string, occurrenceDateTime: string) => ({
      resourceType: 'Immunization' as const,
      id,
      status,
      occurrenceDateTime,
      vaccineCode: { text: 'COVID-19 vaccine' },
    });
    expect(
      vaccineGroups([
        dose('a', 'completed', '2025-10-01'),
        dose('b', 'not-done', '2025-11-01'),
        dose('c', 'completed', '2026-01-01'),
      ]),
    ).toMatchObject([{ name: 'COVID-19', doses: [{ id: 'c' }, { id: 'a' }] }]);
  });
  it('reads the code of a bill only where both it and its end are told', () => {
    const code = { name: 'code', valueString: 'ABCD-EFGH' };
    const expires = { name: 'expires', valueInstant: '2026-07-15T16:00:00Z' };
    const told = { code: 'ABCD-EFGH', expires: '2026-07-15T16:00:00Z' };
    expect(guestCodeIn({ parameter: [expires, code] })).toEqual(told);
    expect(guestCodeIn({ parameter: [code] })).toBeUndefined();
    expect(guestCodeIn({})).toBeUndefined();
  });
  it('names each diagnosis of visits once, with its dates', () => {
    const at = (onsetDateTime: string) => ({
      resourceType: 'Condition' as const,
      code: { text: 'Asthma (disorder)' },
      onsetDateTime,
    });
    expect(diagnosesOf([at('2026-02-01'), at('2025-02-01')])).toEqual([
      { name: 'Asthma', dates: ['2026-02-01', '2025-02-01'] },
    ]);
  });
  it('keeps visit diagnoses apart from the problem list', () => {
    const condition = (id: string, category: string, clinical: string) => ({
      resourceType: 'Condition' as const,
      id,
      category: [{ coding: [{ code: category }] }],
      clinicalStatus: { coding: [{ code: clinical }] },
    });
    const lists = conditionLists([
      condition('a', 'problem-list-item', 'active'),
      condition('b', 'problem-list-item', 'resolved'),
      condition('c', 'encounter-diagnosis', 'active'),
    ]);
    expect([lists.current, lists.past, lists.visits].map((l) => l.map((c) => c.id))).toEqual([
      ['a'],
      ['b'],
      ['c'],
    ]);
  });
});
