/** Vital signs over time, and laboratory results by panel. */

import { useState, type ReactElement } from 'react';
import { showDate } from '@kinchart/shared/fhir/dates';
import { referenceText, resultText, verdict, needsAttention, verdictWords } from '@kinchart/shared/fhir/quantity';
import type { Observation } from '@kinchart/shared/fhir/types';
import { serverNow } from '@kinchart/shared/session/clock';
import { TrendChart } from '@kinchart/shared/parts/trend_chart';
import {
  everydayFirst,
  isLaboratory,
  observedAt,
  panelsOf,
  reportedAt,
  seriesOf,
  testName,
  trendOf,
  type Panel,
  type Series,
} from '@kinchart/shared/views/results';
import { holdOf } from '../views/hold';
import { resultsOf, vitalsOf } from '../views/load';
import { Hold } from './hold';
import { Loaded } from './work';

const PANELS_SHOWN = 4;

export function VitalsPanel({ id }: { id: string }): ReactElement {
  return (
    <Loaded load={({ record }) => vitalsOf(record, id)} keys={[id]} what="vital signs">
      {(all) => <Vitals series={everydayFirst(seriesOf(all))} />}
    </Loaded>
  );
}

function Vitals({ series }: { series: Series[] }): ReactElement {
  const drawable = series.filter((one) => trendOf(one.all) !== undefined);
  const [key, setKey] = useState(drawable[0]?.key ?? '');
  if (series.length === 0) return <p className="quiet">No vital sign is on record.</p>;
  const chosen = drawable.find((one) => one.key === key);
  const trend = chosen && trendOf(chosen.all);
  return (
    <>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Sign</th>
            <th scope="col">Latest</th>
            <th scope="col">On</th>
          </tr>
        </thead>
        <tbody>
          {series.slice(0, 9).map((one) => (
            <tr key={one.key}>
              <th scope="row">{one.name}</th>
              <td className="value">{resultText(one.latest)}</td>
              <td>{showDate(observedAt(one.latest), 'medium')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {chosen && trend && (
        <div className="trend-box">
          <p className="field">
            <label htmlFor="trend">Over time</label>
            <select id="trend" value={key} onChange={(event) => setKey(event.target.value)}>
              {drawable.map((one) => (
                <option key={one.key} value={one.key}>
                  {one.name}
                </option>
              ))}
            </select>
          </p>
          <TrendChart name={chosen.name} trend={trend} />
        </div>
      )}
    </>
  );
}

export function ResultsPanel({ id }: { id: string }): ReactElement {
  return (
    <Loaded load={({ record }) => resultsOf(record, id)} keys={[id]} what="laboratory results">
      {({ reports, observations }, again) => {
        const panels = panelsOf(reports.filter(isLaboratory), observations);
        if (panels.length === 0) return <p className="quiet">No laboratory result is on record.</p>;
        return (
          <>
            {panels.slice(0, PANELS_SHOWN).map((panel) => (
              <Result key={panel.report.id} panel={panel} changed={again} />
            ))}
            {panels.length > PANELS_SHOWN && (
              <details>
                <summary>Earlier ({panels.length - PANELS_SHOWN})</summary>
                {panels.slice(PANELS_SHOWN, 40).map((panel) => (
                  <Result key={panel.report.id} panel={panel} changed={again} />
                ))}
              </details>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Result({ panel, changed }: { panel: Panel; changed: () => void }): ReactElement {
  const held = holdOf(panel.report, serverNow());
  return (
    <details className="result" open={panel.attention > 0}>
      <summary>
        <span className="result-name">{panel.name}</span>{' '}
        <span className="quiet">{showDate(reportedAt(panel.report), 'medium')}</span>
        {panel.attention > 0 && (
          <span className="tag tag-watch">{panel.attention} outside the usual range</span>
        )}
        {held && <span className="tag tag-watch">Held until {showDate(held.until, 'medium')}</span>}
      </summary>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Test</th>
            <th scope="col">Result</th>
            <th scope="col">Usual</th>
          </tr>
        </thead>
        <tbody>
          {panel.results.map((one) => (
            <tr key={one.id}>
              <th scope="row">{testName(one)}</th>
              <td className="value">
                <Value observation={one} />
              </td>
              <td className="value">{referenceText(one)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {panel.report.conclusion && <p>{panel.report.conclusion}</p>}
      <Hold report={panel.report} name={panel.name} changed={changed} />
    </details>
  );
}

const LETTERS: { [verdict: string]: string } = {
  low: 'L',
  high: 'H',
  'very-low': 'LL',
  'very-high': 'HH',
};

function Value({ observation }: { observation: Observation }): ReactElement {
  const judged = verdict(observation);
  if (!judged || !needsAttention(judged)) return <>{resultText(observation)}</>;
  return (
    <>
      {resultText(observation)}{' '}
      <abbr className="tag tag-watch" title={verdictWords[judged]}>
        {LETTERS[judged] ?? verdictWords[judged]}
      </abbr>
    </>
  );
}
