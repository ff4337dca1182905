/** One child's charts. */

import { useEffect, useState, type ReactElement, type ReactNode } from 'react';
import { ageInWords, dayIn } from '@kinchart/shared/fhir/age';
import { showDate } from '@kinchart/shared/fhir/dates';
import { fullName } from '@kinchart/shared/fhir/words';
import type { Observation, Patient } from '@kinchart/shared/fhir/types';
import { serverNow } from '@kinchart/shared/session/clock';
import { Connection } from '@kinchart/shared/session/connection';
import { Chart } from './chart';
import { measures, percentileWords, pointsOf, zScore, type Measure } from './growth';
import type { Opened } from './main';

const CODES = measures.flatMap((measure) => measure.codes).join(',');

interface Found {
  patient: Patient;
  observations: Observation[];
}

export function App({ opened }: { opened: Opened }): ReactElement {
  const [found, setFound] = useState<Found>();
  const [fault, setFault] = useState('');
  useEffect(() => {
    if (opened.kind !== 'client') return;
    const { record, client } = new Connection(opened.client);
    const id = String(client.getState('tokenResponse.patient'));
    Promise.all([
      record.read<Patient>(`Patient/${id}`),
      record.search<Observation>('Observation', { patient: id, code: CODES, _count: '500' }),
    ]).then(
      ([patient, observations]) => setFound({ patient, observations }),
      (problem: unknown) => setFault(problem instanceof Error ? problem.message : String(problem)),
    );
  }, [opened]);
  if (opened.kind === 'alone')
    return (
      <Words title="Open me from a chart">
        Growth Charts is opened from a patient’s chart: in the clinic workspace, choose it under
        “Apps”.
      </Words>
    );
  const trouble = opened.kind === 'failed' ? opened.detail : fault;
  if (trouble)
    return <Words title="The chart could not be opened">{trouble} Open the app again.</Words>;
  if (!found || opened.kind !== 'client')
    return (
      <main className="words" role="status">
        Getting the measurements…
      </main>
    );
  const banner = opened.client.getState('tokenResponse.need_patient_banner') !== false;
  return <Charts found={found} banner={banner} />;
}

function Words({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <main className="words">
      <h1>{title}</h1>
      <p>{children}</p>
    </main>
  );
}

function Charts({ found, banner }: { found: Found; banner: boolean }): ReactElement {
  const { patient, observations } = found;
  const name = fullName(patient.name);
  useEffect(() => {
    document.title = `Growth of ${name}`;
  }, [name]);
  const shown = measures
    .map((measure) => ({ measure, points: pointsOf(measure, patient, observations) }))
    .filter(({ points }) => points.length > 0);
  const age = ageInWords(patient.birthDate, dayIn('America/New_York', serverNow()));
  return (
    <>
      <header className="bar">
        <p className="app-name">Growth Charts</p>
        {banner && (
          <p className="who">
            <strong>{name}</strong> <span>{age}</span>
            <span>born {showDate(patient.birthDate, 'medium')}</span>
          </p>
        )}
      </header>
      <main>
        <h1>Growth of {name}</h1>
        {shown.length === 0 && (
          <p>There are no measurements between birth and twenty years on record.</p>
        )}
        {shown.map(({ measure, points }) => (
          <section key={measure.key} aria-labelledby={measure.key}>
            <h2 id={measure.key}>{measure.name}</h2>
            <Latest measure={measure} points={points} girl={patient.gender === 'female'} />
            <Chart measure={measure} points={points} girl={patient.gender === 'female'} />
            <details>
              <summary>All measurements ({points.length})</summary>
              <Table measure={measure} points={points} girl={patient.gender === 'female'} />
            </details>
          </section>
        ))}
        <p className="note">
          Curves: WHO standards from birth to two years, CDC references from two to twenty.
        </p>
      </main>
    </>
  );
}

export interface Drawn {
  measure: Measure;
  points: ReturnType<typeof pointsOf>;
  girl: boolean;
}

function rowsOf(measure: Measure, girl: boolean) {
  return girl ? measure.rows.girl : measure.rows.boy;
}

function Latest({ measure, points, girl }: Drawn): ReactElement | null {
  const last = points[points.length - 1];
  if (!last) return null;
  const z = zScore(rowsOf(measure, girl), last.age, last.value);
  return (
    <p className="latest">
      <strong>
        {last.value.toFixed(1)} {measure.unit}
      </strong>{' '}
      on {showDate(last.date, 'medium')}, {percentileWords(z)}
    </p>
  );
}

function Table({ measure, points, girl }: Drawn): ReactElement {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Date</th>
          <th scope="col">Age</th>
          <th scope="col">{measure.unit}</th>
          <th scope="col">Percentile</th>
        </tr>
      </thead>
      <tbody>
        {[...points].reverse().map((p) => (
          <tr key={p.date}>
            <td>{showDate(p.date, 'medium')}</td>
            <td>{p.age < 2 ? `${Math.floor(p.age * 12)} months` : `${p.age.toFixed(1)} years`}</td>
            <td>{p.value.toFixed(1)}</td>
            <td>{percentileWords(zScore(rowsOf(measure, girl), p.age, p.value))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
