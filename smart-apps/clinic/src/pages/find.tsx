/** Finding a patient: by name, birth date or record number; and the day's own patients. */

import { useEffect, useState, type FormEvent, type ReactElement } from 'react';
import { dayIn } from '@kinchart/shared/fhir/age';
import { instant, showDate, showTime } from '@kinchart/shared/fhir/dates';
import { count, fullName, localReference } from '@kinchart/shared/fhir/words';
import type { Appointment, Patient } from '@kinchart/shared/fhir/types';
import { serverNow } from '@kinchart/shared/session/clock';
import { appointmentTitle } from '@kinchart/shared/views/appointments';
import { Loaded, useWork } from '../parts/work';
import { patientHref } from '../route';
import type { Workspace } from '../session/workspace';
import { organizationZone } from '../site';
import { lifeOf, recordNumber, sexOf } from '../views/banner';
import { isEmpty, queryOf, readFinding } from '../views/finding';

/** Kept while the page is open, so that the way back from a chart leads to the same list. */
let lastAsked = '';

export function FindPage(): ReactElement {
  const [text, setText] = useState(lastAsked);
  const [asked, setAsked] = useState(lastAsked);
  useEffect(() => {
    document.title = 'Find a patient · Clinic workspace';
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    lastAsked = text.trim();
    setAsked(lastAsked);
  };
  return (
    <div className="page">
      <h1>Find a patient</h1>
      <form role="search" className="find" onSubmit={submit}>
        <label htmlFor="find">Name, birth date or record number</label>
        <div className="find-row">
          <input
            id="find"
            type="search"
            value={text}
            onChange={(event) => setText(event.target.value)}
            autoComplete="off"
            spellCheck={false}
            aria-describedby="find-hint"
          />
          <button type="submit" className="button">
            Find
          </button>
        </div>
        <p id="find-hint" className="quiet">
          Such as <em>rivera</em>, <em>ana 4/12/1984</em> or <em>RB123456</em>
        </p>
      </form>
      {isEmpty(readFinding(asked)) ? <Own /> : <Matches asked={asked} />}
    </div>
  );
}

function Matches({ asked }: { asked: string }): ReactElement {
  const load = async ({ record }: Workspace) =>
    (await record.searchAll('Patient', queryOf(readFinding(asked)))).filter(
      (found): found is Patient => found.resourceType === 'Patient',
    );
  return (
    <section aria-labelledby="matches">
      <h2 id="matches">Patients found</h2>
      <Loaded load={load} keys={[asked]} what="patients">
        {(patients) => (
          <>
            <p role="status" className="quiet">
              {patients.length === 0
                ? 'Nobody fits. Try fewer letters, or only the birth date.'
                : count(patients.length, 'patient')}
            </p>
            {patients.length > 0 && <Patients patients={patients} />}
          </>
        )}
      </Loaded>
    </section>
  );
}

function Patients({ patients }: { patients: Patient[] }): ReactElement {
  const today = dayIn(organizationZone, serverNow());
  return (
    <table className="table table-people">
      <thead>
        <tr>
          <th scope="col">Patient</th>
          <th scope="col">Born</th>
          <th scope="col">Age, sex</th>
          <th scope="col">Record</th>
        </tr>
      </thead>
      <tbody>
        {patients.map((patient) => (
          <tr key={patient.id}>
            <th scope="row">
              <a href={patientHref(patient.id ?? '')}>{fullName(patient.name)}</a>
            </th>
            <td>{showDate(patient.birthDate, 'medium')}</td>
            <td>{[lifeOf(patient, today), sexOf(patient)].filter(Boolean).join(', ')}</td>
            <td className="value">{recordNumber(patient)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What waits for this member of staff: the next appointments, then the patients of their own. */
function Own(): ReactElement {
  const { workspace } = useWork();
  const me = workspace.me ?? '';
  return (
    <>
      <section aria-labelledby="next">
        <h2 id="next">Your next appointments</h2>
        <Loaded load={(work) => comingUp(work, me)} keys={[me]} what="appointments">
          {(list) =>
            list.length === 0 ? (
              <p className="quiet">Nothing is booked with you.</p>
            ) : (
              <ul className="rows">
                {list.map(({ appointment, patient, name }) => (
                  <li key={appointment.id}>
                    <span className="when">
                      {showDate(appointment.start, 'medium')}
                      {appointment.start ? `, ${showTime(appointment.start)}` : ''}
                    </span>
                    <a href={patientHref(patient)}>{name}</a>
                    <span className="quiet">{appointmentTitle(appointment)}</span>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </section>
      <section aria-labelledby="own">
        <h2 id="own">Your patients</h2>
        <Loaded
          load={({ record }) =>
            record.search<Patient>('Patient', {
              'general-practitioner': me,
              _sort: 'family',
              _count: '50',
            })
          }
          keys={[me]}
          what="patients"
        >
          {(patients) =>
            patients.length === 0 ? (
              <p className="quiet">No patient names you as their clinician. Search above.</p>
            ) : (
              <Patients patients={patients} />
            )
          }
        </Loaded>
      </section>
    </>
  );
}

interface Coming {
  appointment: Appointment;
  patient: string;
  name: string;
}

async function comingUp({ record }: Workspace, me: string): Promise<Coming[]> {
  await record.askTime().catch(() => undefined);
  const now = serverNow();
  const found = await record.searchAll('Appointment', {
    actor: me,
    status: 'booked,arrived,checked-in,pending',
    date: `ge${new Date(now).toISOString().slice(0, 10)}`,
    _sort: 'date',
    _count: '10',
    _include: 'Appointment:patient',
  });
  const patients = new Map(
    found
      .filter((it): it is Patient => it.resourceType === 'Patient')
      .map((it) => [`Patient/${it.id ?? ''}`, it]),
  );
  return found
    .filter((it): it is Appointment => it.resourceType === 'Appointment')
    .filter((it) => instant(it.end ?? it.start) >= now)
    .slice(0, 8)
    .flatMap((appointment): Coming[] => {
      const references = (appointment.participant ?? []).map((p) => localReference(p.actor));
      const patient = patients.get(references.find((r) => r?.startsWith('Patient/')) ?? '');
      return patient?.id ? [{ appointment, patient: patient.id, name: fullName(patient.name) }] : [];
    });
}
