/** Whether something is held back from the patient. */

import type { Extension, Resource } from '@kinchart/shared/fhir/types';

const HOLD = 'https://kinchart.org/fhir/StructureDefinition/release-hold';

type Part = Extension & { valueDateTime?: string };

/** The hold in force; a day counts to its end. */
export function holdOf(resource: Resource, now: number): { until: string } | undefined {
  const hold = resource.extension?.find((one) => one.url === HOLD);
  const until = (hold?.extension as Part[] | undefined)?.find((one) => one.url === 'until');
  const text = until?.valueDateTime;
  if (!text) return undefined;
  const ends = /T/.test(text) ? Date.parse(text) : Date.parse(text) + 86_400_000;
  return ends > now ? { until: text } : undefined;
}
