/** Doing one thing at the server: busy while it runs, and what went wrong in words. */

import { useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { Fault } from '@kinchart/shared/fhir/fault';
import { useWork } from './work';

/** Somebody else has it, or was first. */
const CONFLICT = 409;

export interface Verb {
  busy: boolean;
  fault: string;
  run: (act: () => Promise<unknown>, words: string) => void;
}

/** Told the words once it is done; `late`: somebody else was first. */
export type Done = (words: string, late?: boolean) => void;

/** With `looksAgain` whoever comes late is told so by `done` too, which then looks at what there is now. */
export function useVerb(done: Done, looksAgain = false): Verb {
  const { workspace } = useWork();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  const run = (act: () => Promise<unknown>, words: string) => {
    setBusy(true);
    setFault('');
    act().then(
      () => {
        setBusy(false);
        done(words);
      },
      (problem: unknown) => {
        workspace.record.forget();
        setBusy(false);
        if (looksAgain && problem instanceof Fault && problem.status === CONFLICT)
          done(problem.message, true);
        else setFault(problem instanceof Error ? problem.message : String(problem));
      },
    );
  };
  return { busy, fault, run };
}

export function Trouble({ fault }: { fault: string }): ReactElement | null {
  if (!fault) return null;
  return (
    <p className="trouble" role="alert">
      {fault}
    </p>
  );
}

/** A dialog over the page, with its heading and a way out. */
export function Sheet(props: {
  title: string;
  id: string;
  close: () => void;
  children: ReactNode;
}): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      className="sheet"
      aria-labelledby={`${props.id}-title`}
      onClose={props.close}
    >
      <div className="sheet-head">
        <h2 id={`${props.id}-title`}>{props.title}</h2>
        <button
          type="button"
          className="button button-quiet"
          onClick={() => dialog.current?.close()}
        >
          Close
        </button>
      </div>
      {props.children}
    </dialog>
  );
}
