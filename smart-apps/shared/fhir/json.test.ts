import { describe, expect, it } from 'vitest';
import { parseKeepingDigits, quoteNumbers } from './json';

describe('numbers keep the digits that were sent', () => {
  it('keeps trailing zeros, signs and exponents', () => {
    expect(parseKeepingDigits('{"a":7.20,"b":-0.50,"c":1.0e-3,"d":0}')).toEqual({
      a: '7.20',
      b: '-0.50',
      c: '1.0e-3',
      d: '0',
    });
  });
  it('keeps more digits than a float can hold', () => {
    expect(parseKeepingDigits('[3.14159265358979323846]')).toEqual(['3.14159265358979323846']);
  });
  it('leaves numbers inside strings alone, also after escaped quotes and backslashes', () => {
    const text = '{"a":"take 2 \\"1.50\\" pills","b":"\\\\","c":"x\\\\\\"9"}';
    expect(quoteNumbers(text)).toBe(text);
  });
  it('leaves true, false and null alone', () => {
    expect(parseKeepingDigits('[true,false,null,[1]]')).toEqual([true, false, null, ['1']]);
  });
  it('still refuses what is not JSON', () => {
    expect(() => parseKeepingDigits('{"a":-}')).toThrow();
    expect(() => parseKeepingDigits('{"a":"open')).toThrow();
  });
});
