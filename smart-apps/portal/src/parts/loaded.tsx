/** Waiting, failing and showing, the same way on each page. */

import { useEffect, useState, type ReactElement, type ReactNode } from 'react';
import { Fault } from '@kinchart/shared/fhir/fault';
import type { Record } from '@kinchart/shared/fhir/record';
import { useChart } from './chart_context';
import { Icon } from './icon';

export type Loading<T> =
  { state: 'loading' } | { state: 'ready'; value: T } | { state: 'failed'; fault: Fault };

/** Runs a loader over the open record, again when a key changes or the reader retries. */
export function useLoaded<T>(
  load: (record: Record) => Promise<T>,
  keys: readonly unknown[] = [],
): [Loading<T>, () => void] {
  const { session, lost } = useChart();
  const [attempt, setAttempt] = useState(0);
  const [result, setResult] = useState<Loading<T>>({ state: 'loading' });
  useEffect(() => {
    let wanted = true;
    setResult({ state: 'loading' });
    load(session.record).then(
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
  }, [session, attempt, ...keys]);
  return [result, () => setAttempt((n) => n + 1)];
}

export function Loaded<T>(props: {
  load: (record: Record) => Promise<T>;
  keys?: readonly unknown[];
  what: string;
  children: (value: T) => ReactNode;
}): ReactElement {
  const [result, retry] = useLoaded(props.load, props.keys);
  if (result.state === 'loading') return <Waiting what={props.what} />;
  if (result.state === 'failed')
    return <Failed fault={result.fault} what={props.what} retry={retry} />;
  return <>{props.children(result.value)}</>;
}

export function Waiting({ what }: { what: string }): ReactElement {
  return (
    <div className="waiting" role="status">
      <span className="visually-hidden">Getting {what}…</span>
      <span className="bone" />
      <span className="bone" />
      <span className="bone" />
    </div>
  );
}

export function Failed({
  fault,
  what,
  retry,
}: {
  fault: Fault;
  what: string;
  retry: () => void;
}): ReactElement {
  const [title, text] = wordsFor(fault, what);
  return (
    <div className="notice notice-plain" role="alert">
      <Icon name={fault.kind === 'not-permitted' ? 'lock' : 'allergies'} />
      <div>
        <p className="notice-title">{title}</p>
        <p>{text}</p>
        {fault.kind !== 'not-permitted' && (
          <button type="button" className="button button-quiet" onClick={retry}>
            <Icon name="refresh" /> Try again
          </button>
        )}
      </div>
    </div>
  );
}

function wordsFor(fault: Fault, what: string): [string, string] {
  switch (fault.kind) {
    case 'not-permitted':
      return [
        'You cannot see this here',
        `This sign-in does not include ${what}. You can switch charts or sign in again and leave every box checked.`,
      ];
    case 'not-found':
      return ['This is not available', 'It may have been removed, or it is not shared with you.'];
    case 'offline':
      return [
        'No connection',
        'We could not reach the health record. Check your internet connection and try again.',
      ];
    case 'unavailable':
      return [
        'The health record is busy',
        'It may be down for maintenance. Please wait a moment and try again.',
      ];
    default:
      return [
        'Something went wrong',
        `We could not get ${what}. Please try again. If it keeps happening, call the support line.`,
      ];
  }
}
