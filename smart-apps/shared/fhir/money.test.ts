import { describe, expect, it } from 'vitest';
import { addAmounts, isPositive, showAmount, showMoney } from './money';

describe('money is exact', () => {
  it('adds where floats would slip', () => {
    expect(addAmounts(['0.10', '0.20'])).toBe('0.30');
    expect(addAmounts(['9007199254740993.01', '0.01'])).toBe('9007199254740993.02');
    expect(addAmounts([])).toBe('0.00');
    expect(addAmounts(['1', '2.5', '-0.505'])).toBe('2.995');
  });
  it('knows what is left to pay', () =>
    expect(['0.00', '0.01', '-5.00'].map(isPositive)).toEqual([false, true, false]));
  it('shows dollars with the digits sent', () => {
    expect(showAmount('1234567.5')).toBe('$1,234,567.50');
    expect(showAmount('12.340')).toBe('$12.340');
    expect(showAmount('-8')).toBe('−$8.00');
    expect(showMoney({ value: '5.00', currency: 'EUR' })).toBe('EUR 5.00');
    expect(showMoney(undefined)).toBe('Amount not given');
  });
});
