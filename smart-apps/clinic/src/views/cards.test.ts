import { expect, test } from 'vitest';
import { blocksOf, isWebAddress, randomUuid } from './cards';

test('paragraphs, lists and strong words are read, the rest stays text', () => {
  expect(blocksOf('By age.\n\n- **Tdap**: none\n- <b>x</b>')).toEqual([
    { kind: 'text', line: [{ text: 'By age.', strong: false }] },
    {
      kind: 'list',
      items: [
        [
          { text: 'Tdap', strong: true },
          { text: ': none', strong: false },
        ],
        [{ text: '<b>x</b>', strong: false }],
      ],
    },
  ]);
});

test('only web addresses become links', () => {
  expect(isWebAddress('https://apps.example/launch')).toBe(true);
  for (const url of ['javascript:alert(1)', 'data:text/html,x', 'nowhere'])
    expect(isWebAddress(url)).toBe(false);
});

test('a UUID is one of version 4', () => {
  expect(randomUuid()).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(randomUuid()).not.toBe(randomUuid());
});
