/** Text that sounds like danger. It only shows whom to call: it holds nothing back and decides nothing. */

import words from '../../../../profiles/support/words.json';

/** Words that `..` in a phrase stands for, at most. */
const GAP_MAX = 3;

const phrases: string[][] = words.emergency.map((phrase) => phrase.split(' '));

/** Whether a text has a phrase of the list of emergencies; rather once too often. */
export function soundsUrgent(text: string): boolean {
  const said = spoken(text);
  return phrases.some((phrase) => said.some((_, at) => fits(phrase, said, at)));
}

/** `Can’t breathe!` as `cant`, `breathe`. */
function spoken(text: string): string[] {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f'’]/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

function fits(phrase: string[], said: string[], at: number): boolean {
  const [part, ...rest] = phrase;
  if (part === undefined) return true;
  if (part === '..') {
    return Array.from({ length: GAP_MAX + 1 }).some((_, more) => fits(rest, said, at + more));
  }
  const word = said[at];
  if (word === undefined) return false;
  const is = part.endsWith('*') ? word.startsWith(part.slice(0, -1)) : word === part;
  return is && fits(rest, said, at + 1);
}
