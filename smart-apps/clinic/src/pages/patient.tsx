/** A patient's chart: banner, decision support, apps, and the record in panels. */

import { useCallback, useEffect, useState, type ReactElement, type ReactNode } from 'react';
import { attained, dayIn } from '@kinchart/shared/fhir/age';
import { showDate } from '@kinchart/shared/fhir/dates';
import { Fault } from '@kinchart/shared/fhir/fault';
import { fullName } from '@kinchart/shared/fhir/words';
import type { Patient } from '@kinchart/shared/fhir/types';
import { serverNow } from '@kinchart/shared/session/clock';
import { Activation } from '../parts/activation';
import { Apps, openApp } from '../parts/apps';
import { Booking } from '../parts/booking';
import { Cards } from '../parts/cards';
import { BreakGlass, EmergencyBanner } from '../parts/emergency';
import {
  AllergiesPanel,
  ImmunizationsPanel,
  MedicationsPanel,
  ProblemsPanel,
} from '../parts/health_panels';
import { ResultsPanel, VitalsPanel } from '../parts/measured_panels';
import { AppointmentsPanel, NotesPanel, VisitsPanel } from '../parts/visit_panels';
import { Registration } from '../parts/registration';
import { Loaded, useLoaded, useWork } from '../parts/work';
import type { Workspace } from '../session/workspace';
import { organizationZone } from '../site';
import { flagWords, lifeOf, recordNumber, severeAllergies, sexOf } from '../views/banner';
import { allergiesOf, flagsOf } from '../views/load';

const VIEW = 'patient-view';

export function PatientPage({ id }: { id: string }): ReactElement {
  return (
    <Loaded
      load={async ({ record }) => {
        await record.askTime().catch(() => undefined);
        return record.read<Patient>(`Patient/${id}`);
      }}
      keys={[id]}
      what="the chart"
    >
      {(patient) => <Chart patient={patient} id={id} />}
    </Loaded>
  );
}

function Chart({ patient, id }: { patient: Patient; id: string }): ReactElement {
  const name = fullName(patient.name);
  const [booking, setBooking] = useState(false);
  const [booked, setBooked] = useState(0);
  const [asking, setAsking] = useState<'account' | 'emergency' | 'proxy'>();
  // How often an emergency began or ended: what is shown is asked for anew.
  const [turn, setTurn] = useState(0);
  const turned = useCallback(() => {
    setAsking(undefined);
    setTurn((n) => n + 1);
  }, []);
  useEffect(() => {
    document.title = `${name} · Clinic workspace`;
  }, [name]);
  const close = useCallback((made: boolean) => {
    setBooking(false);
    if (made) setBooked((n) => n + 1);
  }, []);
  const stop = () => setAsking(undefined);
  const [registers] = useLoaded((work) => work.may('proxy-register').catch(() => false), []);
  return (
    <>
      <EmergencyBanner patient={id} turn={turn} ended={turned} />
      <Banner patient={patient} id={id}>
        <button type="button" className="button button-small" onClick={() => setBooking(true)}>
          Book an appointment
        </button>
        <button
          type="button"
          className="button button-small button-quiet"
          onClick={() => setAsking('account')}
        >
          Open an account
        </button>
        {registers.state === 'ready' && registers.value && (
          <button
            type="button"
            className="button button-small button-quiet"
            onClick={() => setAsking('proxy')}
          >
            Somebody to act for them
          </button>
        )}
      </Banner>
      <div className="chart">
        <aside className="rail" aria-label="Decision support and apps">
          <Panel title="To note" id="note">
            <Advice id={id} booked={booked} />
          </Panel>
          <Panel title="Apps" id="apps">
            <Apps patient={id} />
          </Panel>
        </aside>
        <div className="panels">
          <Loaded load={(work) => isOpen(work, id)} keys={[id, turn]} what="the chart">
            {(open) =>
              open ? <Clinical id={id} /> : <Closed open={() => setAsking('emergency')} />
            }
          </Loaded>
          <Panel title="Appointments" id="appointments">
            <AppointmentsPanel id={id} key={booked} />
          </Panel>
        </div>
      </div>
      {booking && <Booking patient={patient} id={id} close={close} />}
      {asking === 'account' && <Activation patient={id} name={name} close={stop} />}
      {asking === 'proxy' && (
        <Registration patient={id} name={name} minor={isMinor(patient)} close={stop} />
      )}
      {asking === 'emergency' && (
        <BreakGlass patient={id} name={name} close={stop} opened={turned} />
      )}
    </>
  );
}

/** Whether they are under 18 today, or nobody knows: which rule holds is the server's to say. */
function isMinor(patient: Patient): boolean {
  const today = dayIn(organizationZone, serverNow());
  return !patient.birthDate || !attained(patient.birthDate, 18, today);
}

/**
 * Whether anything clinical is there to be seen. A clinician who is not on the care team finds
 * nothing, and must not take that for an empty record.
 */
async function isOpen({ record }: Workspace, patient: string): Promise<boolean> {
  const kinds = ['CareTeam', 'Encounter', 'Condition', 'Observation'];
  const found = await Promise.all(
    kinds.map((type) =>
      record.finds(type, { patient }).catch((problem: unknown) => {
        // A role that may not ask is told so by each panel.
        if (problem instanceof Fault && problem.kind === 'not-permitted') return true;
        throw problem;
      }),
    ),
  );
  return found.includes(true);
}

function Closed({ open }: { open: () => void }): ReactElement {
  return (
    <div className="notice">
      <p>
        <strong>Nothing clinical is open to you here.</strong> Either nothing is on record yet, or
        you are not on this patient’s care team.
      </p>
      <p className="notice-acts">
        <button type="button" className="button button-small button-quiet" onClick={open}>
          Open it in an emergency…
        </button>
      </p>
    </div>
  );
}

function Clinical({ id }: { id: string }): ReactElement {
  return (
    <>
      <Panel title="Problems" id="problems">
        <ProblemsPanel id={id} />
      </Panel>
      <Panel title="Allergies" id="allergies">
        <AllergiesPanel id={id} />
      </Panel>
      <Panel title="Medicines" id="medicines">
        <MedicationsPanel id={id} />
      </Panel>
      <Panel title="Vital signs" id="vitals">
        <VitalsPanel id={id} />
      </Panel>
      <Panel title="Laboratory" id="labs">
        <ResultsPanel id={id} />
      </Panel>
      <Panel title="Immunizations" id="immunizations">
        <ImmunizationsPanel id={id} />
      </Panel>
      <Panel title="Visits" id="visits">
        <VisitsPanel id={id} />
      </Panel>
      <Panel title="Notes" id="notes">
        <NotesPanel id={id} />
      </Panel>
    </>
  );
}

function Panel(props: { title: string; id: string; children: ReactNode }): ReactElement {
  return (
    <section className={`panel panel-${props.id}`} aria-labelledby={`panel-${props.id}`}>
      <h2 id={`panel-${props.id}`}>{props.title}</h2>
      {props.children}
    </section>
  );
}

function Banner(props: { patient: Patient; id: string; children: ReactNode }): ReactElement {
  const { patient, id } = props;
  const today = dayIn(organizationZone, serverNow());
  const facts = [
    ['Born', showDate(patient.birthDate, 'medium')],
    ['Record', recordNumber(patient) ?? 'none'],
    ['Clinician', patient.generalPractitioner?.[0]?.display],
    ['Phone', patient.telecom?.find((t) => t.system === 'phone')?.value],
  ];
  return (
    <header className="banner">
      <div className="banner-who">
        <h1>{fullName(patient.name)}</h1>
        <p className="banner-age">
          {[lifeOf(patient, today), sexOf(patient)].filter(Boolean).join(', ')}
        </p>
      </div>
      <dl className="banner-facts">
        {facts.map(([term, value]) =>
          value ? (
            <div key={term}>
              <dt>{term}</dt>
              <dd className="value">{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
      <Marks id={id} />
      <div className="banner-acts">{props.children}</div>
    </header>
  );
}

/** Flags and dangerous allergies; a role that may not see them sees none. */
function Marks({ id }: { id: string }): ReactElement | null {
  const [flags] = useLoaded(({ record }) => flagsOf(record, id), [id]);
  const [allergies] = useLoaded(({ record }) => allergiesOf(record, id), [id]);
  const marks = [
    ...(flags.state === 'ready' ? flagWords(flags.value) : []),
    ...(allergies.state === 'ready'
      ? severeAllergies(allergies.value).map((name) => `Severe allergy: ${name}`)
      : []),
  ];
  if (marks.length === 0) return null;
  return (
    <ul className="marks" aria-label="Flags">
      {marks.map((mark) => (
        <li key={mark}>{mark}</li>
      ))}
    </ul>
  );
}

function Advice({ id, booked }: { id: string; booked: number }): ReactElement {
  const { workspace } = useWork();
  const [fault, setFault] = useState('');
  const open = async (url: string) => {
    setFault('');
    const app = (await workspace.apps()).find((one) => one.url === url);
    if (!app) throw new Error('This app is not registered for opening from a chart.');
    await openApp(workspace, app, id, undefined);
  };
  return (
    <>
      <Loaded
        load={(work) => work.cards(VIEW, { patientId: id })}
        keys={[id, booked]}
        what="decision support"
      >
        {(cards) => (
          <Cards
            service={VIEW}
            cards={cards}
            open={(url) => {
              open(url).catch((problem: unknown) =>
                setFault(problem instanceof Error ? problem.message : 'It could not be opened.'),
              );
            }}
          />
        )}
      </Loaded>
      {fault && (
        <p className="trouble" role="alert">
          {fault}
        </p>
      )}
    </>
  );
}
