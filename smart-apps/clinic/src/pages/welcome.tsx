/** The page for somebody who is not signed in. */

import { useEffect, useRef, useState, type ReactElement } from 'react';
import { Brand } from '../parts/brand';

export type WelcomeReason =
  'new' | 'expired' | 'signed-out' | 'declined' | 'failed' | 'not-staff';

const WORDS: { [reason in WelcomeReason]: { title: string; text: string } } = {
  new: {
    title: 'Charts, apps and bookings',
    text: 'For members of staff: find a patient, see the chart, and open other apps in its context.',
  },
  expired: {
    title: 'Please sign in again',
    text: 'Your sign-in has ended. Nothing was lost.',
  },
  'signed-out': {
    title: 'You are signed out',
    text: 'This page no longer holds anything of a record.',
  },
  declined: { title: 'Nothing was opened', text: 'You chose not to continue.' },
  failed: {
    title: 'The sign-in did not work',
    text: 'Please try again. If it keeps happening, call support.',
  },
  'not-staff': {
    title: 'This is for staff',
    text: 'The account you signed in with belongs to a patient or a relative. Your own record is in the patient portal.',
  },
};

export function Welcome(props: {
  reason: WelcomeReason;
  detail?: string;
  signIn: () => Promise<void>;
}): ReactElement {
  const heading = useRef<HTMLHeadingElement>(null);
  const [state, setState] = useState<'idle' | 'leaving' | 'trouble'>('idle');
  const words = WORDS[props.reason];
  useEffect(() => {
    document.title = `${words.title} · Clinic workspace`;
    if (props.reason !== 'new') heading.current?.focus();
  }, [props.reason, words.title]);
  const go = () => {
    setState('leaving');
    props.signIn().catch(() => setState('trouble'));
  };
  return (
    <div className="welcome">
      <main className="welcome-card" id="main">
        <Brand />
        <h1 ref={heading} tabIndex={-1}>
          {words.title}
        </h1>
        <p>{words.text}</p>
        {props.detail && <p className="quiet">The server said: {props.detail}</p>}
        {state === 'trouble' && (
          <p className="trouble" role="alert">
            The sign-in page could not be reached. Check the connection and try again.
          </p>
        )}
        <p className="actions">
          <button type="button" className="button" disabled={state === 'leaving'} onClick={go}>
            {state === 'leaving' ? 'One moment…' : 'Sign in'}
          </button>
          {props.reason === 'not-staff' && <a href="/apps/portal/">Patient portal</a>}
        </p>
      </main>
    </div>
  );
}
