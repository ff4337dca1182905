import { expect, it } from 'vitest';
import { holdOf } from './hold';

it('tells a hold in force from one that is over', () => {
  const held = {
    resourceType: 'DiagnosticReport',
    extension: [
      {
        url: 'https://kinchart.org/fhir/StructureDefinition/release-hold',
        extension: [{ url: 'until', valueDateTime: '2026-11-30T05:00:00Z' }],
      },
    ],
  };
  expect(holdOf(held, Date.parse('2026-11-29T00:00:00Z'))?.until).toBe('2026-11-30T05:00:00Z');
  expect(holdOf(held, Date.parse('2026-11-30T05:00:00Z'))).toBeUndefined();
  expect(holdOf({ resourceType: 'DiagnosticReport' }, 0)).toBeUndefined();
});
