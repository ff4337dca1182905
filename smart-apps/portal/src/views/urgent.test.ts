import { describe, expect, it } from 'vitest';
import { soundsUrgent } from './urgent';

describe('text that sounds urgent', () => {
  it.each([
    'I have chest pain since this morning',
    'I can’t breathe!',
    'There is some pain in the left side of my chest',
    'I feel suicidal',
    'Dolor en el pecho',
    'no puedo respirar',
  ])('is known: %s', (text) => {
    expect(soundsUrgent(text)).toBe(true);
  });
  it.each(['', 'Can I get my refill of lisinopril?', 'Thank you, that helped', 'My chest X-ray'])(
    'is not made of everything: %s',
    (text) => {
      expect(soundsUrgent(text)).toBe(false);
    },
  );
});
