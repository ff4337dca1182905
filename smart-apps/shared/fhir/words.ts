/** Coded things in plain words. */

import type { CodeableConcept, Coding, HumanName, Reference } from './types';

/** The words for a concept: its text, else the display of a coding, else its code. */
export function conceptText(concept: CodeableConcept | undefined, otherwise = ''): string {
  if (!concept) return otherwise;
  const codings = concept.coding ?? [];
  const words =
    concept.text ?? codings.find((c) => c.display)?.display ?? codings.find((c) => c.code)?.code;
  return words?.trim() || otherwise;
}

export function hasCode(
  concepts: CodeableConcept[] | CodeableConcept | undefined,
  ...codes: string[]
): boolean {
  const list = concepts === undefined ? [] : Array.isArray(concepts) ? concepts : [concepts];
  return list.some((concept) =>
    (concept.coding ?? []).some(
      (coding) => coding.code !== undefined && codes.includes(coding.code),
    ),
  );
}

/** One string for the same thing measured again: `system|code`, else its words. */
export function codeKey(concept: CodeableConcept): string {
  const coding = preferred(concept.coding ?? []);
  return coding?.code
    ? `${coding.system ?? ''}|${coding.code}`
    : conceptText(concept, 'unnamed').toLowerCase();
}

function preferred(codings: Coding[]): Coding | undefined {
  return codings.find((coding) => coding.system === 'http://loinc.org') ?? codings[0];
}

/** The name to call someone by: usual, then official, then the first that has not ended. */
export function bestName(names: HumanName[] | undefined): HumanName | undefined {
  const live = (names ?? []).filter((name) => name.use !== 'old' && name.period?.end === undefined);
  const from = live.length > 0 ? live : (names ?? []);
  return from.find((n) => n.use === 'usual') ?? from.find((n) => n.use === 'official') ?? from[0];
}

export function fullName(names: HumanName[] | undefined, otherwise = 'Name not given'): string {
  const name = bestName(names);
  if (!name) return otherwise;
  const parts = [...(name.given ?? []), name.family, ...(name.suffix ?? [])].filter((part) =>
    part?.trim(),
  );
  return parts.length > 0 ? parts.join(' ') : name.text?.trim() || otherwise;
}

export function firstName(names: HumanName[] | undefined, otherwise = 'this person'): string {
  const name = bestName(names);
  return name?.given?.[0] ?? name?.text?.split(' ')[0] ?? name?.family ?? otherwise;
}

/** One or two letters for the round mark beside a name. */
export function initials(names: HumanName[] | undefined): string {
  const name = bestName(names);
  const letters = [name?.given?.[0], name?.family]
    .map((part) => part?.trim().charAt(0) ?? '')
    .join('');
  return (letters || name?.text?.charAt(0) || '?').toUpperCase();
}

/** `Ana’s`, `James’`. */
export function possessive(name: string): string {
  return /s$/i.test(name) ? `${name}’` : `${name}’s`;
}

/** The `Type/id` a reference points to on this server, whether written relative or absolute. */
export function localReference(reference: Reference | string | undefined): string | undefined {
  const text = typeof reference === 'string' ? reference : reference?.reference;
  return text?.match(/([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/)?.[1];
}

export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** A list as people write it: `a`, `a and b`, `a, b and c`. */
export function listed(items: string[]): string {
  if (items.length < 2) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1] ?? ''}`;
}
