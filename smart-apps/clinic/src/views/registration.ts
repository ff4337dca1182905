/** Writing down who asks at the desk to act for a patient: what is asked for, and what it becomes. */

import type { Parameter } from '../session/workspace';

/** What somebody may be to a patient: kind of relationship and v3-RoleCode, and in words. */
export const TIES: [string, string][] = [
  ['parent|MTH', 'Mother'],
  ['parent|FTH', 'Father'],
  ['parent|PRN', 'Parent'],
  ['guardian|GUARD', 'Guardian of a minor'],
  ['adult|SPS', 'Spouse or partner'],
  ['adult|CHILD', 'Grown-up child'],
  ['adult|SIB', 'Brother or sister'],
  ['adult|EXT', 'Other relative'],
  ['adult|FRND', 'Friend or caregiver'],
  ['adult|PRN', 'Parent of an adult'],
  ['personal-representative|POWATT', 'Holder of a power of attorney'],
  ['personal-representative|GUARD', 'Conservator'],
  ['diminished-capacity|RESPRSN', 'Caregiver of somebody who cannot decide alone'],
  ['estate-representative|EXCEST', 'Executor of the estate'],
];

export interface Visitor {
  given: string;
  family: string;
  born: string;
  email: string;
  /** One of `TIES`. */
  tie: string;
  document: string;
  level: string;
  start: string;
  end: string;
  readOnly: boolean;
  plain: boolean;
  minorParent: boolean;
  remark: string;
}

export function nobodyYet(tie: string): Visitor {
  return {
    given: '',
    family: '',
    born: '',
    email: '',
    tie,
    document: 'driver-license',
    level: 'full',
    start: '',
    end: '',
    readOnly: false,
    plain: false,
    minorParent: false,
    remark: '',
  };
}

export function kindOf(visitor: Visitor): string {
  return visitor.tie.split('|')[0] ?? '';
}

/** Whether the child's age decides how much, instead of a level. */
export function isParental(visitor: Visitor): boolean {
  return ['parent', 'guardian'].includes(kindOf(visitor));
}

/** A paper that was handed in, read. */
export interface HandedIn {
  title: string;
  contentType: string;
  /** In base64. */
  data: string;
}

/** The inputs of `$proxy-register`; what was left empty is not said. */
export function inputsOf(visitor: Visitor, papers: HandedIn[]): Parameter[] {
  const [relationship = '', role = ''] = visitor.tie.split('|');
  const all: Parameter[] = [
    { name: 'given', valueString: visitor.given.trim() },
    { name: 'family', valueString: visitor.family.trim() },
    { name: 'birth-date', valueDate: visitor.born },
    { name: 'email', valueString: visitor.email.trim() },
    { name: 'relationship', valueCode: relationship },
    { name: 'role', valueCode: role },
    { name: 'identity-document', valueCode: visitor.document },
    { name: 'level', valueCode: isParental(visitor) ? '' : visitor.level },
    { name: 'start', valueDate: visitor.start },
    { name: 'end', valueDate: visitor.end },
    { name: 'remark', valueString: visitor.remark.trim() },
  ];
  const said = all.filter((one) => one.valueString || one.valueDate || one.valueCode);
  for (const [name, wanted] of [
    ['read-only', visitor.readOnly],
    ['without-sensitive', visitor.plain],
    ['minor-parent', visitor.minorParent && kindOf(visitor) === 'parent'],
  ] as const)
    if (wanted) said.push({ name, valueBoolean: true });
  for (const paper of papers) said.push({ name: 'document', valueAttachment: paper });
  return said;
}
