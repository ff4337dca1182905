/** Names for the people and places a record points to. */

import { conceptText, fullName, localReference } from '@kinchart/shared/fhir/words';
import type { Record } from '@kinchart/shared/fhir/record';
import type { HumanName, Named, Reference, Resource } from '@kinchart/shared/fhir/types';

export type NameOf = (reference: Reference | undefined) => string | undefined;

const TYPES = [
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'Location',
  'HealthcareService',
  'RelatedPerson',
  'Patient',
];
const AT_ONCE = 50;

/** Looks up only what came without a display; what cannot be read simply has no name. */
export async function namesFor(
  record: Record,
  references: (Reference | undefined)[],
): Promise<NameOf> {
  const wanted = new Map<string, Set<string>>();
  for (const reference of references) {
    const [type, id] = localReference(reference)?.split('/') ?? [];
    if (!type || !id || reference?.display || !TYPES.includes(type)) continue;
    wanted.set(type, (wanted.get(type) ?? new Set()).add(id));
  }
  const found = await Promise.all(
    [...wanted].flatMap(([type, ids]) =>
      chunks([...ids]).map((some) => lookUp(record, type, some)),
    ),
  );
  const names = new Map(
    found
      .flat()
      .map((resource) => [`${resource.resourceType}/${resource.id ?? ''}`, nameIn(resource)]),
  );
  return (reference) => reference?.display ?? names.get(localReference(reference) ?? '');
}

async function lookUp(record: Record, type: string, ids: string[]): Promise<Resource[]> {
  try {
    return await record.searchAll(type, { _id: ids.join(','), _count: String(AT_ONCE) });
  } catch {
    return [];
  }
}

function chunks(ids: string[]): string[][] {
  const out: string[][] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) out.push(ids.slice(at, at + AT_ONCE));
  return out;
}

interface Role extends Resource {
  practitioner?: Reference;
  organization?: Reference;
  code?: { text?: string }[];
}

function nameIn(resource: Resource): string | undefined {
  const named = resource as Named & Role;
  if (typeof named.name === 'string') return named.name;
  if (named.name) return fullName(named.name as HumanName[], '') || undefined;
  return (
    named.practitioner?.display ??
    named.organization?.display ??
    (conceptText(named.code?.[0]) || undefined)
  );
}
