/** Bills: what is owed, and the code by which somebody else sees a confidential one. */

import type { ReactElement } from 'react';
import { showDate } from '@kinchart/shared/fhir/dates';
import { isPositive, showAmount } from '@kinchart/shared/fhir/money';
import { conceptText } from '@kinchart/shared/fhir/words';
import { useChart } from '../parts/chart_context';
import { GuestCode } from '../parts/guest_code';
import { Icon } from '../parts/icon';
import { Loaded } from '../parts/loaded';
import { Badge, Card, Facts, Nothing, Page, Section, Stack } from '../parts/page';
import { href } from '../route';
import { balanceOf, billsOf, type Bill } from '../views/bills';
import type { NameOf } from '../views/directory';
import { loadBills } from './load';

export function BillsPage(): ReactElement {
  const { viewer } = useChart();
  return (
    <Page
      title="Bills"
      intro="What was billed, and what is still to pay."
      shows={['Invoice', 'ChargeItem']}
    >
      <Loaded
        load={(record) => loadBills(record, viewer.patientId)}
        keys={[viewer.patientId]}
        what="bills"
      >
        {(found) => {
          const bills = billsOf(found.invoices, found.charges);
          if (bills.length === 0) return <Nothing what="bills" missing="You have no bills." />;
          const balance = balanceOf(bills);
          return (
            <>
              <div className="balance">
                <p className="balance-label">Balance to pay</p>
                <p className="balance-amount value">{showAmount(balance)}</p>
                <p>
                  {isPositive(balance)
                    ? 'For the bills listed here.'
                    : 'Nothing to pay. Thank you.'}
                </p>
              </div>
              <Section title="All bills">
                <Stack items={bills} keyOf={(b) => b.invoice.id ?? ''}>
                  {(bill) => <BillRow bill={bill} />}
                </Stack>
              </Section>
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function BillRow({ bill }: { bill: Bill }): ReactElement {
  return (
    <a className="row" href={href('bills', bill.invoice.id ?? '')}>
      <span className="row-main">
        <span className="row-title">{bill.number ? `Statement ${bill.number}` : 'Statement'}</span>
        <span className="row-note">{showDate(bill.date)}</span>
      </span>
      <span className="row-end">
        <span className="value">
          {bill.total === undefined ? 'No total' : showAmount(bill.total, bill.currency)}
        </span>
        <BillBadge bill={bill} />
      </span>
      <Icon name="right" />
    </a>
  );
}

function BillBadge({ bill }: { bill: Bill }): ReactElement {
  if (bill.state === 'cancelled') return <Badge>Cancelled</Badge>;
  return isPositive(bill.balance) ? (
    <Badge tone="watch">To pay</Badge>
  ) : (
    <Badge tone="good">Paid</Badge>
  );
}

export function BillPage({ id }: { id: string }): ReactElement {
  const { viewer } = useChart();
  const back = { href: href('bills'), label: 'Bills' };
  return (
    <Loaded
      load={(record) => loadBills(record, viewer.patientId)}
      keys={[viewer.patientId]}
      what="this bill"
    >
      {(found) => {
        const bill = billsOf(found.invoices, found.charges).find((b) => b.invoice.id === id);
        if (!bill) {
          return (
            <Page title="This bill is not here" back={back}>
              <p>It may have been replaced, or it is not shared with you.</p>
            </Page>
          );
        }
        return (
          <Page
            title={bill.number ? `Statement ${bill.number}` : 'Statement'}
            back={back}
            intro={showDate(bill.date)}
          >
            <BillDetail bill={bill} nameOf={found.nameOf} />
          </Page>
        );
      }}
    </Loaded>
  );
}

function BillDetail({ bill, nameOf }: { bill: Bill; nameOf: NameOf }): ReactElement {
  const money = (amount: string | undefined) =>
    amount === undefined ? '' : showAmount(amount, bill.currency);
  return (
    <>
      <div className="balance">
        <p className="balance-label">
          {bill.state === 'cancelled' ? 'This bill was cancelled' : 'Balance to pay'}
        </p>
        <p className="balance-amount value">{money(bill.balance)}</p>
        {bill.state === 'paid' && <p>Nothing to pay. Thank you.</p>}
      </div>
      <Section title="What was billed">
        <div className="table-frame" role="region" aria-label="Services and amounts" tabIndex={0}>
          <table className="bill-table">
            <thead>
              <tr>
                <th scope="col">Service</th>
                <th scope="col" className="number">
                  Amount
                </th>
              </tr>
            </thead>
            <tbody>
              {bill.lines.map((line, at) => (
                <tr key={at}>
                  <th scope="row">
                    {line.description}
                    {line.parts.map((part, n) => (
                      <span key={n} className="bill-part">
                        {part.name}: {money(part.amount)}
                      </span>
                    ))}
                  </th>
                  <td className="number value">{money(line.amount)}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              {(bill.invoice.totalPriceComponent ?? []).map((part, at) => (
                <tr key={at}>
                  <th scope="row">{conceptText(part.code) || 'Adjustment'}</th>
                  <td className="number value">{money(part.amount?.value)}</td>
                </tr>
              ))}
              <tr className="bill-total">
                <th scope="row">Total</th>
                <td className="number value">{money(bill.total)}</td>
              </tr>
            </tfoot>
          </table>
        </div>
      </Section>
      <GuestCode bill={bill} />
      <Card tone="quiet">
        <Facts
          facts={[
            ['Statement number', bill.number],
            ['From', nameOf(bill.invoice.issuer)],
            ['How to pay', bill.invoice.paymentTerms],
            ['Note', (bill.invoice.note ?? []).map((n) => n.text).join(' ')],
            ['Reason it was cancelled', bill.invoice.cancelledReason],
          ]}
        />
      </Card>
    </>
  );
}
