/** Problems, allergies, medicines and immunizations. */

import type { ReactElement, ReactNode } from 'react';
import { newestFirst, showDate } from '@kinchart/shared/fhir/dates';
import { conceptText, count, hasCode } from '@kinchart/shared/fhir/words';
import {
  allergyLists,
  conditionLists,
  dosageText,
  medicationLists,
  medicationName,
  plainName,
  saysNoAllergies,
  vaccineGroups,
} from '@kinchart/shared/views/health';
import type {
  AllergyIntolerance,
  Condition,
  Immunization,
  Medication,
  MedicationRequest,
} from '@kinchart/shared/fhir/types';
import { allergiesOf, conditionsOf, immunizationsOf, medicationsOf } from '../views/load';
import { Loaded } from './work';

/** A short list, with what is past folded away. */
export function Folded(props: {
  items: ReactNode[];
  past: ReactNode[];
  pastWord: string;
  nothing: string;
}): ReactElement {
  return (
    <>
      {props.items.length === 0 ? (
        <p className="quiet">{props.nothing}</p>
      ) : (
        <ul className="rows">{props.items}</ul>
      )}
      {props.past.length > 0 && (
        <details>
          <summary>
            {props.pastWord} ({props.past.length})
          </summary>
          <ul className="rows">{props.past}</ul>
        </details>
      )}
    </>
  );
}

export function ProblemsPanel({ id }: { id: string }): ReactElement {
  const row = (c: Condition) => (
    <li key={c.id}>
      <span>{plainName(conceptText(c.code, 'Problem'))}</span>
      <span className="quiet">
        {c.onsetDateTime
          ? `since ${showDate(c.onsetDateTime, 'medium')}`
          : c.recordedDate && `recorded ${showDate(c.recordedDate, 'medium')}`}
      </span>
    </li>
  );
  return (
    <Loaded load={({ record }) => conditionsOf(record, id)} keys={[id]} what="problems">
      {(all) => {
        const { current, past } = conditionLists(all);
        return (
          <Folded
            items={current.map(row)}
            past={past.map(row)}
            pastWord="Past"
            nothing="No current problem is on record."
          />
        );
      }}
    </Loaded>
  );
}

export function AllergiesPanel({ id }: { id: string }): ReactElement {
  const row = (a: AllergyIntolerance) => {
    const reactions = (a.reaction ?? []).flatMap((r) => r.manifestation.map((m) => conceptText(m)));
    return (
      <li key={a.id}>
        <span>
          {conceptText(a.code, 'Allergy')}
          {a.criticality === 'high' && <span className="tag tag-alert">severe</span>}
        </span>
        <span className="quiet">{reactions.join(', ')}</span>
      </li>
    );
  };
  return (
    <Loaded load={({ record }) => allergiesOf(record, id)} keys={[id]} what="allergies">
      {(all) => {
        const real = all.filter((a) => !hasCode(a.verificationStatus, 'entered-in-error'));
        if (real.length > 0 && real.every(saysNoAllergies)) return <p>No known allergies.</p>;
        const { active, past } = allergyLists(real);
        return (
          <Folded
            items={active.map(row)}
            past={past.map(row)}
            pastWord="Past"
            nothing="Nothing is on record about allergies. Ask."
          />
        );
      }}
    </Loaded>
  );
}

export function MedicationsPanel({ id }: { id: string }): ReactElement {
  const row = (request: MedicationRequest, medications: Medication[]) => (
    <li key={request.id}>
      <span>{nameOf(request, medications)}</span>
      <span className="quiet">{dosageText(request.dosageInstruction)}</span>
    </li>
  );
  return (
    <Loaded load={({ record }) => medicationsOf(record, id)} keys={[id]} what="medicines">
      {({ requests, medications }) => {
        const { current, past } = medicationLists(requests);
        return (
          <Folded
            items={current.map((one) => row(one, medications))}
            past={past.map((one) => row(one, medications))}
            pastWord="Past"
            nothing="No current medicine is on record."
          />
        );
      }}
    </Loaded>
  );
}

function nameOf(request: MedicationRequest, medications: Medication[]): string {
  const known = new Map(medications.map((one) => [`Medication/${one.id ?? ''}`, one]));
  return medicationName(request, known);
}

export function ImmunizationsPanel({ id }: { id: string }): ReactElement {
  const declined = (all: Immunization[]) => newestFirst(
    all.filter((one) => one.status === 'not-done'),
    (one) => one.occurrenceDateTime,
  );
  return (
    <Loaded load={({ record }) => immunizationsOf(record, id)} keys={[id]} what="immunizations">
      {(all) => {
        const groups = vaccineGroups(all);
        const rows = groups.map((group) => (
          <li key={group.name}>
            <span>{group.name}</span>
            <span className="quiet">
              {count(group.doses.length, 'dose')}, last{' '}
              {showDate(group.doses[0]?.occurrenceDateTime, 'medium')}
            </span>
          </li>
        ));
        return (
          <>
            <Folded
              items={rows.slice(0, 8)}
              past={rows.slice(8)}
              pastWord="More"
              nothing="No immunization is on record."
            />
            {declined(all).map((one) => (
              <p key={one.id} className="quiet">
                Declined on {showDate(one.occurrenceDateTime, 'medium')}:{' '}
                {conceptText(one.vaccineCode)}
              </p>
            ))}
          </>
        );
      }}
    </Loaded>
  );
}
