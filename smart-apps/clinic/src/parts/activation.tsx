/** At the desk: a code with which a patient opens an account, shown once, with a page to print. */

import { useState, type FormEvent, type ReactElement } from 'react';
import { showDateTime } from '@kinchart/shared/fhir/dates';
import { decodeBase64 } from '@kinchart/shared/fhir/record';
import type { Parameter } from '../session/workspace';
import { Sheet, Trouble, useVerb } from './verb';
import { useWork } from './work';

export const DOCUMENTS: [string, string][] = [
  ['driver-license', 'Driver’s license'],
  ['state-id', 'State ID'],
  ['passport', 'Passport'],
  ['military-id', 'Military ID'],
  ['permanent-resident-card', 'Permanent resident card'],
  ['known-to-staff', 'Known to staff'],
];

const CHANNELS: [string, string][] = [
  ['desk', 'At the desk, identity checked now'],
  ['avs', 'Printed with the visit’s summary'],
  ['email', 'By e-mail, to the address on record'],
];

interface Given {
  code: string;
  expires: string;
  /** Where it is typed. */
  address: string;
  /** The QR code of it, as a picture. */
  picture: string;
  mailed: boolean;
}

function givenIn(parameters: Parameter[]): Given {
  const one = (name: string) => parameters.find((it) => it.name === name);
  return {
    code: one('code')?.valueString ?? '',
    expires: one('expires')?.valueInstant ?? '',
    address: placeOf(one('address')?.valueUrl ?? ''),
    picture: pictureIn(decodeBase64(one('page')?.valueAttachment?.data ?? '')),
    mailed: one('mailed')?.valueBoolean ?? false,
  };
}

/** The address without the code in it. */
function placeOf(address: string): string {
  if (!URL.canParse(address)) return address;
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}

/** The QR code on the page to print; nothing where it has none. */
function pictureIn(page: string): string {
  const drawn = new DOMParser().parseFromString(page, 'text/html').querySelector('svg');
  if (!drawn) return '';
  const text = new XMLSerializer().serializeToString(drawn);
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}

export function Activation(props: {
  patient: string;
  name: string;
  close: () => void;
}): ReactElement {
  const { workspace } = useWork();
  const [given, setGiven] = useState<Given>();
  const verb = useVerb(() => undefined);
  const [channel, setChannel] = useState('desk');
  const [document, setDocument] = useState('driver-license');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    verb.run(async () => {
      const shown = channel === 'desk' ? [{ name: 'identity-document', valueCode: document }] : [];
      const answer = await workspace.operate(`Patient/${props.patient}/$activation-code`, [
        { name: 'channel', valueCode: channel },
        ...shown,
      ]);
      setGiven(givenIn(answer.parameter ?? []));
    }, '');
  };
  return (
    <Sheet title={`An account for ${props.name}`} id="activation" close={props.close}>
      {given ? (
        <Code given={given} />
      ) : (
        <form className="form" onSubmit={submit}>
          <fieldset className="choices">
            <legend>How the code is given</legend>
            {CHANNELS.map(([code, words]) => (
              <label key={code}>
                <input
                  type="radio"
                  name="channel"
                  checked={channel === code}
                  onChange={() => setChannel(code)}
                />
                {words}
              </label>
            ))}
          </fieldset>
          {channel === 'desk' && (
            <p className="field">
              <label htmlFor="identity">What was shown</label>
              <select id="identity" value={document} onChange={(e) => setDocument(e.target.value)}>
                {DOCUMENTS.map(([code, words]) => (
                  <option key={code} value={code}>
                    {words}
                  </option>
                ))}
              </select>
            </p>
          )}
          <Trouble fault={verb.fault} />
          <p className="actions">
            <button type="submit" className="button" disabled={verb.busy}>
              Give a code
            </button>
          </p>
        </form>
      )}
    </Sheet>
  );
}

function Code({ given }: { given: Given }): ReactElement {
  if (given.mailed)
    return (
      <p className="done" role="status">
        The code is on its way by e-mail. It is good until {showDateTime(given.expires)}.
      </p>
    );
  return (
    <div className="activation" role="status">
      <p className="activation-lead">Your activation code</p>
      <p className="activation-code">{given.code}</p>
      {given.picture && (
        <img className="activation-picture" src={given.picture} alt="QR code of the address and the code" />
      )}
      <p>
        Point the camera of a phone at the square, or open <strong>{given.address}</strong> and type
        the code. You also need the date of birth and the postal code of the patient.
      </p>
      <p>Good until {showDateTime(given.expires)}, for one account. Nobody of the staff asks you for it.</p>
      <p className="actions">
        <button type="button" className="button" onClick={() => window.print()}>
          Print this
        </button>
        <span className="quiet">It is shown this once; a new one can be given at any time.</span>
      </p>
    </div>
  );
}
