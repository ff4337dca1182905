import { expect, it } from 'vitest';
import { itemsOf, kindWords, reasonWords } from './preview';

it('reads what a parent will see, and what deserves another look', () => {
  const { items, notice } = itemsOf([
    {
      name: 'item',
      part: [
        { name: 'reference', valueReference: { reference: 'Observation/17' } },
        { name: 'visible', valueBoolean: true },
        { name: 'reason', valueCode: 'PERMIT_PROXY_FULL' },
        { name: 'leak', valueString: 'Care a minor may consent to alone.' },
      ],
    },
    ...['Encounter/1', 'Provenance/2'].map((reference) => ({
      name: 'item',
      part: [{ name: 'reference', valueReference: { reference } }],
    })),
    { name: 'notice', valueBoolean: true },
  ]);
  expect(notice).toBe(true);
  expect(items).toEqual([
    { reference: 'Encounter/1', visible: false, reason: '', leak: '' },
    {
      reference: 'Observation/17',
      visible: true,
      reason: 'PERMIT_PROXY_FULL',
      leak: 'Care a minor may consent to alone.',
    },
  ]);
  expect(kindWords('Observation/17')).toBe('A result');
  expect(kindWords('Basic/1')).toBe('Basic');
  expect(reasonWords('DENY_MINOR_CONSENTED')).toBe('care the minor consented to alone');
});
