/** The code by which somebody else sees what is owed on one confidential bill. */

import { useState, type ReactElement } from 'react';
import { Fault } from '@kinchart/shared/fhir/fault';
import { showDate } from '@kinchart/shared/fhir/dates';
import { isPositive } from '@kinchart/shared/fhir/money';
import { guestCodeIn, type Bill, type GuestCode as Code } from '../views/bills';
import { useChart } from './chart_context';
import { Section } from './page';

/** For one's own bills that are still to be paid. */
export function GuestCode({ bill }: { bill: Bill }): ReactElement | null {
  const { session, viewer, lost } = useChart();
  const [made, setMade] = useState<Code>();
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  if (viewer.standing !== 'self' || !bill.number || !isPositive(bill.balance)) return null;
  const make = () => {
    setBusy(true);
    setTrouble('');
    session.operate(`Invoice/${bill.invoice.id ?? ''}/$guest-code`).then(
      (answer) => {
        setBusy(false);
        setMade(guestCodeIn(answer));
      },
      (problem: unknown) => {
        setBusy(false);
        if (problem instanceof Fault && problem.kind === 'signed-out') lost();
        else setTrouble('No code could be made just now. Try again in a moment, or call the office.');
      },
    );
  };
  return (
    <Section title="If somebody else pays">
      <p>
        With this statement, your last name and your date of birth they can look up what is owed, and
        nothing else, under “Pay a bill as a guest”. A bill for confidential care needs a code besides.
      </p>
      {made ? (
        <div role="status">
          <p className="guest-code value">{made.code}</p>
          <p>
            Good until {showDate(made.expires)}. Write it down: it is not shown again. A new code takes
            its place.
          </p>
        </div>
      ) : (
        <p>
          <button type="button" className="button button-quiet" disabled={busy} onClick={make}>
            Make a code for this bill
          </button>
        </p>
      )}
      {trouble && (
        <p className="field-fault" role="alert">
          {trouble}
        </p>
      )}
    </Section>
  );
}
