/** Finding a patient inside a form: by name and birth date, one to be chosen. */

import { useState, type ReactElement } from 'react';
import { showDate } from '@kinchart/shared/fhir/dates';
import { fullName } from '@kinchart/shared/fhir/words';
import type { Patient } from '@kinchart/shared/fhir/types';
import { recordNumber } from '../views/banner';
import { isEmpty, queryOf, readFinding } from '../views/finding';
import { Loaded } from './work';

export function FindPerson(props: {
  label: string;
  /** What is looked for first. */
  start: string;
  /** `Patient/…`, or nothing. */
  chosen: string;
  choose: (reference: string) => void;
}): ReactElement {
  const [text, setText] = useState(props.start);
  const [asked, setAsked] = useState(props.start);
  return (
    <div className="find-person">
      <p className="field">
        <label htmlFor="find-person">{props.label}</label>
        <span className="find-row">
          <input
            id="find-person"
            type="search"
            value={text}
            autoComplete="off"
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              event.preventDefault();
              setAsked(text);
            }}
          />
          <button type="button" className="button button-quiet" onClick={() => setAsked(text)}>
            Find
          </button>
        </span>
      </p>
      {!isEmpty(readFinding(asked)) && (
        <Loaded
          load={({ record }) =>
            record.searchAll('Patient', queryOf(readFinding(asked))).then((found) =>
              found.filter((one): one is Patient => one.resourceType === 'Patient'),
            )
          }
          keys={[asked]}
          what="patients"
        >
          {(patients) =>
            patients.length === 0 ? (
              <p className="quiet" role="status">
                Nobody fits. Try fewer letters, or only the birth date.
              </p>
            ) : (
              <fieldset className="choices">
                <legend className="visually-hidden">Patients found</legend>
                {patients.slice(0, 12).map((patient) => {
                  const reference = `Patient/${patient.id ?? ''}`;
                  return (
                    <label key={patient.id}>
                      <input
                        type="radio"
                        name="person"
                        checked={props.chosen === reference}
                        onChange={() => props.choose(reference)}
                      />
                      <span>
                        {fullName(patient.name)}
                        <span className="quiet">
                          {[
                            `born ${showDate(patient.birthDate, 'medium')}`,
                            recordNumber(patient),
                            patient.address?.[0]?.postalCode,
                          ]
                            .filter(Boolean)
                            .map((fact) => ` · ${fact ?? ''}`)
                            .join('')}
                        </span>
                      </span>
                    </label>
                  );
                })}
              </fieldset>
            )
          }
        </Loaded>
      )}
    </div>
  );
}
