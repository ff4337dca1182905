/** Bills: what was done, what it cost, what is still to pay. */

import { newestFirst } from '@kinchart/shared/fhir/dates';
import { addAmounts, isPositive } from '@kinchart/shared/fhir/money';
import { conceptText, localReference } from '@kinchart/shared/fhir/words';
import type { ChargeItem, Invoice, PriceComponent } from '@kinchart/shared/fhir/types';
import type { Answer } from '../session/session';

export interface BillLine {
  description: string;
  amount: string | undefined;
  parts: { name: string; amount: string }[];
}
export interface Bill {
  invoice: Invoice;
  number: string | undefined;
  date: string | undefined;
  state: 'due' | 'paid' | 'cancelled';
  lines: BillLine[];
  total: string | undefined;
  balance: string;
  currency: string;
}

/** The code by which a guest sees a confidential bill, as the server tells it once. */
export interface GuestCode {
  code: string;
  expires: string;
}

export function guestCodeIn(answer: Answer): GuestCode | undefined {
  const one = (name: string) => answer.parameter?.find((it) => it.name === name);
  const [code, expires] = [one('code')?.valueString, one('expires')?.valueInstant];
  return code && expires ? { code, expires } : undefined;
}

export function billsOf(invoices: Invoice[], charges: ChargeItem[]): Bill[] {
  const chargeByReference = new Map(charges.map((c) => [`ChargeItem/${c.id ?? ''}`, c]));
  const shown = invoices.filter((i) => i.status !== 'draft' && i.status !== 'entered-in-error');
  return newestFirst(
    shown.map((invoice) => billOf(invoice, chargeByReference)),
    (bill) => bill.date,
  );
}

function billOf(invoice: Invoice, charges: Map<string, ChargeItem>): Bill {
  const total = (invoice.totalGross ?? invoice.totalNet)?.value;
  const state =
    invoice.status === 'cancelled' ? 'cancelled' : invoice.status === 'balanced' ? 'paid' : 'due';
  const rest = state === 'due' && total !== undefined ? total : '0.00';
  return {
    invoice,
    number: statementNumber(invoice),
    date: invoice.date,
    state,
    lines: (invoice.lineItem ?? []).map((line) => {
      const charge = charges.get(localReference(line.chargeItemReference) ?? '');
      const description =
        conceptText(line.chargeItemCodeableConcept) ||
        conceptText(charge?.code) ||
        line.chargeItemReference?.display ||
        'Service';
      return { description, ...priceOf(line.priceComponent ?? []) };
    }),
    total,
    balance: isPositive(rest) ? rest : '0.00',
    currency: (invoice.totalGross ?? invoice.totalNet)?.currency ?? 'USD',
  };
}

export function statementNumber(invoice: Invoice): string | undefined {
  const named = invoice.identifier?.find((i) => i.system?.includes('statement'));
  return (named ?? invoice.identifier?.[0])?.value;
}

const REDUCES = ['deduction', 'discount'];
const PART_WORDS: { [type: string]: string } = {
  base: 'Price',
  surcharge: 'Added charge',
  deduction: 'Deduction',
  discount: 'Discount',
  tax: 'Tax',
  informational: 'For information',
};

/** The price of a line; its parts are listed only when there is more than one. */
function priceOf(components: PriceComponent[]): {
  amount: string | undefined;
  parts: BillLine['parts'];
} {
  const parts = components.flatMap((c) => {
    const value = c.amount?.value;
    if (value === undefined) return [];
    const reduced = REDUCES.includes(c.type ?? '') && !value.startsWith('-') ? `-${value}` : value;
    return [
      {
        type: c.type,
        name: conceptText(c.code) || PART_WORDS[c.type ?? ''] || 'Price',
        amount: reduced,
      },
    ];
  });
  const counted = parts.filter((p) => p.type !== 'informational').map((p) => p.amount);
  const only = counted.length === 1 ? counted[0] : undefined;
  const amount = only ?? (counted.length > 0 ? addAmounts(counted) : undefined);
  return {
    amount,
    parts: parts.length > 1 ? parts.map(({ name, amount: a }) => ({ name, amount: a })) : [],
  };
}

/** All that is still to pay, for the bills this reader can see. */
export function balanceOf(bills: Bill[]): string {
  return addAmounts(bills.map((bill) => bill.balance));
}
