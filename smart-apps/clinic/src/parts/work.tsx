/** The workspace in use, for whatever is drawn inside it, and loading from it. */

import {
  createContext,
  useContext,
  useEffect,
  useState,
  type ReactElement,
  type ReactNode,
} from 'react';
import { Fault } from '@kinchart/shared/fhir/fault';
import type { Workspace } from '../session/workspace';

export interface Work {
  workspace: Workspace;
  /** The sign-in turned out to be over. */
  lost: () => void;
}

const Context = createContext<Work | undefined>(undefined);

export const WorkProvider = Context.Provider;

export function useWork(): Work {
  const work = useContext(Context);
  if (!work) throw new Error('no workspace is open here');
  return work;
}

export type Loading<T> =
  { state: 'loading' } | { state: 'ready'; value: T } | { state: 'failed'; fault: Fault };

/** Runs a loader, again when a key changes or the reader asks. */
export function useLoaded<T>(
  load: (workspace: Workspace) => Promise<T>,
  keys: readonly unknown[],
): [Loading<T>, () => void] {
  const { workspace, lost } = useWork();
  const [attempt, setAttempt] = useState(0);
  const [result, setResult] = useState<Loading<T>>({ state: 'loading' });
  useEffect(() => {
    let wanted = true;
    setResult({ state: 'loading' });
    load(workspace).then(
      (value) => wanted && setResult({ state: 'ready', value }),
      (problem: unknown) => {
        if (!wanted) return;
        const fault =
          problem instanceof Fault ? problem : new Fault('unexpected', 0, String(problem));
        if (fault.kind === 'signed-out') lost();
        else setResult({ state: 'failed', fault });
      },
    );
    return () => {
      wanted = false;
    };
    // The loader itself is new at each drawing: what it closes over is in the keys.
  }, [workspace, attempt, ...keys]);
  return [result, () => setAttempt((n) => n + 1)];
}

/** Shows what was loaded; while waiting and failing it takes little room. */
export function Loaded<T>(props: {
  load: (workspace: Workspace) => Promise<T>;
  keys: readonly unknown[];
  what: string;
  children: (value: T, again: () => void) => ReactNode;
}): ReactElement {
  const [result, again] = useLoaded(props.load, props.keys);
  if (result.state === 'ready') return <>{props.children(result.value, again)}</>;
  if (result.state === 'loading')
    return (
      <p className="waiting" role="status">
        Getting {props.what}…
      </p>
    );
  if (result.fault.kind === 'not-permitted')
    return <p className="quiet">Your role does not include {props.what}.</p>;
  return (
    <p className="trouble">
      {result.fault.kind === 'offline'
        ? 'The server could not be reached.'
        : `Could not get ${props.what}. ${result.fault.message}`}{' '}
      <button type="button" className="link" onClick={again}>
        Try again
      </button>
    </p>
  );
}
