/** Money in exact decimal arithmetic: cents are counted, never floated. */

import type { Money } from './types';

/** Adds amounts given as decimal digits, exactly. */
export function addAmounts(amounts: string[]): string {
  const places = Math.max(2, ...amounts.map((a) => a.split('.')[1]?.length ?? 0));
  let sum = 0n;
  for (const amount of amounts) sum += scaled(amount, places);
  return unscaled(sum, places);
}

export function isPositive(amount: string): boolean {
  return !amount.startsWith('-') && /[1-9]/.test(amount);
}

function scaled(amount: string, places: number): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount);
  if (!match) throw new Error(`Not an amount: ${amount}`);
  const digits = BigInt((match[2] ?? '0') + (match[3] ?? '').padEnd(places, '0'));
  return match[1] ? -digits : digits;
}

function unscaled(value: bigint, places: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(places + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** `$1,234.50`; the digits after the point are those sent, at least two. */
export function showAmount(amount: string, currency = 'USD'): string {
  const negative = amount.startsWith('-');
  const [whole = '0', cents = ''] = (negative ? amount.slice(1) : amount).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const shown = `${grouped}.${cents.padEnd(2, '0')}`;
  return `${negative ? '−' : ''}${currency === 'USD' ? '$' : `${currency} `}${shown}`;
}

export function showMoney(money: Money | undefined, otherwise = 'Amount not given'): string {
  return money?.value === undefined ? otherwise : showAmount(money.value, money.currency);
}
