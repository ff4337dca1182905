import { describe, expect, it } from 'vitest';
import { inputsOf, nobodyYet, type Visitor } from './registration';

const grace: Visitor = {
  ...nobodyYet('parent|MTH'),
  given: ' Grace ',
  family: 'Lee',
  born: '1980-01-05',
  email: 'grace@mail.example',
};

function said(visitor: Visitor): { [name: string]: unknown } {
  return Object.fromEntries(
    inputsOf(visitor, []).map(({ name, ...value }) => [name, Object.values(value)[0]]),
  );
}

describe('who asks at the desk', () => {
  it('is written down with what was said, and nothing that was not', () => {
    expect(said(grace)).toEqual({
      given: 'Grace',
      family: 'Lee',
      'birth-date': '1980-01-05',
      email: 'grace@mail.example',
      relationship: 'parent',
      role: 'MTH',
      'identity-document': 'driver-license',
    });
  });
  it('gets a level only where age does not decide', () => {
    expect(said({ ...grace, tie: 'adult|SPS', level: 'view-all' })['level']).toBe('view-all');
    expect(said({ ...grace, level: 'view-all' })['level']).toBeUndefined();
  });
  it('is a parent who is not of age only where they are a parent', () => {
    expect(said({ ...grace, minorParent: true })['minor-parent']).toBe(true);
    expect(said({ ...grace, tie: 'adult|SPS', minorParent: true })['minor-parent']).toBeUndefined();
  });
  it('hands papers in with their data', () => {
    const paper = { title: 'Certificate', contentType: 'application/pdf', data: 'JVBERg==' };
    expect(inputsOf(grace, [paper]).at(-1)).toEqual({ name: 'document', valueAttachment: paper });
  });
});
