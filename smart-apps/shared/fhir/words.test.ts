import { describe, expect, it } from 'vitest';
import {
  bestName,
  codeKey,
  conceptText,
  firstName,
  fullName,
  initials,
  listed,
  localReference,
  possessive,
} from './words';

describe('names', () => {
  const names = [
    { use: 'old', family: 'Before', given: ['A'] },
    { use: 'official', family: 'Rivera', given: ['Ana', 'Lucía'], suffix: ['Jr.'] },
  ];
  it('prefers the name in use', () => {
    expect(bestName(names)?.family).toBe('Rivera');
    expect(fullName(names)).toBe('Ana Lucía Rivera Jr.');
    expect(fullName([{ use: 'usual', text: 'Annie' }, ...names])).toBe('Annie');
  });
  it('uses an old name only when there is no other', () =>
    expect(fullName([names[0] ?? {}])).toBe('A Before'));
  it('copes with partial names', () => {
    expect(fullName(undefined)).toBe('Name not given');
    expect(firstName([{ text: 'Baby Girl' }])).toBe('Baby');
    expect(initials([{ family: 'Ōe' }])).toBe('Ō');
    expect(initials(undefined)).toBe('?');
  });
  it('makes possessives', () =>
    expect([possessive('Ana'), possessive('James')]).toEqual(['Ana’s', 'James’']));
});

describe('concepts', () => {
  it('takes text, then a display, then a code', () => {
    expect(conceptText({ text: 'Flu shot', coding: [{ display: 'Influenza' }] })).toBe('Flu shot');
    expect(conceptText({ coding: [{ code: 'x' }, { display: 'Influenza' }] })).toBe('Influenza');
    expect(conceptText({ coding: [{ code: 'x' }] })).toBe('x');
    expect(conceptText(undefined, 'none')).toBe('none');
  });
  it('groups by LOINC when there is one', () => {
    expect(
      codeKey({
        coding: [
          { system: 'local', code: 'HGB' },
          { system: 'http://loinc.org', code: '718-7' },
        ],
      }),
    ).toBe('http://loinc.org|718-7');
    expect(codeKey({ text: 'Peak flow' })).toBe('peak flow');
  });
});

describe('references and lists', () => {
  it('reads relative and absolute references', () => {
    expect(localReference({ reference: 'Patient/1' })).toBe('Patient/1');
    expect(localReference('https://h.example/fhir/RelatedPerson/rp-1')).toBe('RelatedPerson/rp-1');
    expect(localReference('https://h.example/fhir/Patient/1/_history/2')).toBe('Patient/1');
    expect(localReference({ reference: '#inside' })).toBeUndefined();
  });
  it('lists as people write', () =>
    expect([listed([]), listed(['a']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']));
});
