/** Booking an appointment in a free slot, with what decision support has to say before. */

import { useEffect, useRef, useState, type FormEvent, type ReactElement } from 'react';
import { showTime, showWeekday, showDate } from '@kinchart/shared/fhir/dates';
import { Fault } from '@kinchart/shared/fhir/fault';
import { fullName } from '@kinchart/shared/fhir/words';
import type { Patient } from '@kinchart/shared/fhir/types';
import { serverNow } from '@kinchart/shared/session/clock';
import type { Workspace } from '../session/workspace';
import {
  appointmentIn,
  bookingBundle,
  openingsOf,
  type Opening,
  type Schedule,
  type Slot,
} from '../views/booking';
import { Cards } from './cards';
import { Field } from './field';
import { Loaded, useWork } from './work';

const SERVICE = 'appointment-book';

interface Props {
  patient: Patient;
  id: string;
  /** `made`: an appointment was booked. */
  close: (made: boolean) => void;
}

export function Booking({ patient, id, close }: Props): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  const made = useRef(false);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      className="sheet"
      aria-labelledby="booking-title"
      onClose={() => close(made.current)}
    >
      <div className="sheet-head">
        <h2 id="booking-title">Book an appointment for {fullName(patient.name)}</h2>
        <button type="button" className="button button-quiet" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      <Loaded load={openings} keys={[id]} what="free slots">
        {(all) =>
          all.length === 0 ? (
            <p className="quiet">There is no free slot in the next weeks.</p>
          ) : (
            <Form
              all={all}
              id={id}
              done={() => {
                made.current = true;
              }}
            />
          )
        }
      </Loaded>
    </dialog>
  );
}

async function openings({ record }: Workspace): Promise<Opening[]> {
  const found = await record.searchAll('Slot', {
    status: 'free',
    start: `ge${new Date(serverNow()).toISOString().slice(0, 19)}Z`,
    _sort: 'start',
    _count: '200',
    _include: 'Slot:schedule',
  });
  return openingsOf(
    found.filter((one): one is Slot => one.resourceType === 'Slot'),
    found.filter((one): one is Schedule => one.resourceType === 'Schedule'),
  );
}

function Form(props: { all: Opening[]; id: string; done: () => void }): ReactElement {
  const { workspace } = useWork();
  const { all, id } = props;
  const clinicians = [...new Set(all.map((one) => one.with))].sort();
  const [clinician, setClinician] = useState(clinicians[0] ?? '');
  const own = all.filter((one) => one.with === clinician);
  const [slot, setSlot] = useState(own[0]?.slot.id ?? '');
  const [reason, setReason] = useState('');
  const [state, setState] = useState<'open' | 'busy' | 'done'>('open');
  const [fault, setFault] = useState('');
  const opening = own.find((one) => one.slot.id === slot) ?? own[0];
  if (state === 'done' && opening)
    return (
      <p className="done" role="status">
        Booked: {slotWords(opening)}, with {opening.with}.
      </p>
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!opening) return;
    setFault('');
    setState('busy');
    workspace.transact(bookingBundle(opening, id, reason.trim())).then(
      () => {
        props.done();
        setState('done');
      },
      (problem: unknown) => {
        setState('open');
        const taken = problem instanceof Fault && [409, 412].includes(problem.status);
        const said = problem instanceof Error ? problem.message : String(problem);
        setFault(taken ? 'Somebody else has just taken this slot. Choose another.' : said);
      },
    );
  };
  return (
    <form className="form" onSubmit={submit}>
      <Field id="clinician" label="With">
        {(more) => (
          <select {...more} value={clinician} onChange={(e) => setClinician(e.target.value)}>
            {clinicians.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
      </Field>
      <Field id="slot" label="When">
        {(more) => (
          <select
            {...more}
            value={opening?.slot.id ?? ''}
            onChange={(event) => setSlot(event.target.value)}
          >
            {own.map((one) => (
              <option key={one.slot.id} value={one.slot.id}>
                {slotWords(one)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field id="reason" label="Reason">
        {(more) => (
          <input
            {...more}
            value={reason}
            maxLength={120}
            autoComplete="off"
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
      {opening && (
        <section aria-labelledby="before">
          <h3 id="before">Before you book</h3>
          <Loaded
            load={(work) => work.cards(SERVICE, { patientId: id, appointments: proposed(opening, id) })}
            keys={[id, opening.slot.id]}
            what="decision support"
          >
            {(cards) => <Cards service={SERVICE} cards={cards} />}
          </Loaded>
        </section>
      )}
      {fault && (
        <p className="trouble" role="alert">
          {fault}
        </p>
      )}
      <p className="actions">
        <button type="submit" className="button" disabled={state === 'busy'}>
          {state === 'busy' ? 'Booking…' : 'Book'}
        </button>
      </p>
    </form>
  );
}

function proposed(opening: Opening, patient: string): object {
  const resource = appointmentIn(opening, patient, 'proposed', '');
  return { resourceType: 'Bundle', type: 'collection', entry: [{ resource }] };
}

function slotWords({ slot }: Opening): string {
  const start = slot.start ?? '';
  return `${showWeekday(start)}, ${showDate(start, 'medium')}, ${showTime(start)}`;
}
