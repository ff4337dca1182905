/** Visits, notes and appointments. */

import { useEffect, useRef, useState, type ReactElement } from 'react';
import { newestFirst, showDate, showDateTime } from '@kinchart/shared/fhir/dates';
import { decodeBase64 } from '@kinchart/shared/fhir/record';
import { conceptText } from '@kinchart/shared/fhir/words';
import type { Appointment, DocumentReference, Encounter } from '@kinchart/shared/fhir/types';
import { serverNow } from '@kinchart/shared/session/clock';
import {
  appointmentLists,
  appointmentStatus,
  appointmentTitle,
} from '@kinchart/shared/views/appointments';
import { documentTitle, isReadable, textOf, visitTitle } from '@kinchart/shared/views/visits';
import { appointmentsOf, documentsOf, encountersOf } from '../views/load';
import { Folded } from './health_panels';
import { Preview } from './preview';
import { Loaded } from './work';

const SHOWN = 6;

export function VisitsPanel({ id }: { id: string }): ReactElement {
  const [previewed, setPreviewed] = useState<Encounter>();
  const row = (visit: Encounter) => (
    <li key={visit.id}>
      <span className="when">{showDate(visit.period?.start, 'medium')}</span>
      <span>
        {visitTitle(visit)}
        <span className="quiet">
          {[visit.participant?.[0]?.individual?.display, conceptText(visit.reasonCode?.[0])]
            .filter(Boolean)
            .map((text) => ` · ${text ?? ''}`)
            .join('')}
        </span>
      </span>
      <button type="button" className="link" onClick={() => setPreviewed(visit)}>
        What a parent sees
        <span className="visually-hidden">
          : {visitTitle(visit)}, {showDate(visit.period?.start, 'medium')}
        </span>
      </button>
    </li>
  );
  return (
    <>
      <Loaded load={({ record }) => encountersOf(record, id)} keys={[id]} what="visits">
        {(all) => {
          const rows = newestFirst(all, (v) => v.period?.start).map(row);
          return (
            <Folded
              items={rows.slice(0, SHOWN)}
              past={rows.slice(SHOWN)}
              pastWord="Earlier"
              nothing="No visit is on record."
            />
          );
        }}
      </Loaded>
      {previewed && <Preview visit={previewed} close={() => setPreviewed(undefined)} />}
    </>
  );
}

export function NotesPanel({ id }: { id: string }): ReactElement {
  const [open, setOpen] = useState<DocumentReference>();
  const row = (note: DocumentReference) => (
    <li key={note.id}>
      <span className="when">{showDate(note.date, 'medium')}</span>
      <button type="button" className="link" onClick={() => setOpen(note)}>
        {documentTitle(note)}
      </button>
      <span className="quiet">{note.author?.[0]?.display}</span>
    </li>
  );
  return (
    <>
      <Loaded load={({ record }) => documentsOf(record, id)} keys={[id]} what="notes">
        {(all) => {
          const rows = newestFirst(all.filter(isReadable), (d) => d.date).map(row);
          return (
            <Folded
              items={rows.slice(0, SHOWN)}
              past={rows.slice(SHOWN)}
              pastWord="Earlier"
              nothing="No note is on record."
            />
          );
        }}
      </Loaded>
      {open && <Note note={open} close={() => setOpen(undefined)} />}
    </>
  );
}

function Note({ note, close }: { note: DocumentReference; close: () => void }): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const source = textOf(note);
  return (
    <dialog ref={dialog} className="sheet" aria-labelledby="note-title" onClose={close}>
      <div className="sheet-head">
        <h2 id="note-title">{documentTitle(note)}</h2>
        <button type="button" className="button button-quiet" onClick={close}>
          Close
        </button>
      </div>
      <p className="quiet">
        {showDateTime(note.date)}
        {note.author?.[0]?.display ? `, ${note.author[0].display}` : ''}
      </p>
      <Loaded
        load={async ({ record }) => {
          if (source?.data) return decodeBase64(source.data);
          return source?.url ? record.text(source.url) : '';
        }}
        keys={[note.id]}
        what="the note"
      >
        {(text) => <pre className="note-text">{text || 'This note has no text.'}</pre>}
      </Loaded>
    </dialog>
  );
}

export function AppointmentsPanel({ id }: { id: string }): ReactElement {
  const row = (one: Appointment) => (
    <li key={one.id}>
      <span className="when">{showDateTime(one.start)}</span>
      <span>
        {appointmentTitle(one)}
        <span className="quiet">
          {one.status && one.status !== 'booked' ? ` · ${appointmentStatus[one.status] ?? one.status}` : ''}
        </span>
      </span>
    </li>
  );
  return (
    <Loaded load={({ record }) => appointmentsOf(record, id)} keys={[id]} what="appointments">
      {(all) => {
        const { coming, past, cancelled } = appointmentLists(all, serverNow());
        return (
          <Folded
            items={coming.map(row)}
            past={[...past, ...cancelled].map(row)}
            pastWord="Past and cancelled"
            nothing="Nothing is booked."
          />
        );
      }}
    </Loaded>
  );
}
