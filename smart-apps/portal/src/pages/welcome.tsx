/** The pages for someone with no chart open. */

import { useEffect, useRef, useState, type ReactElement } from 'react';
import { Icon } from '../parts/icon';
import { account } from '../site';

export type WelcomeReason =
  'new' | 'expired' | 'signed-out' | 'declined' | 'failed' | 'ended' | 'offline';

const WORDS: { [reason in WelcomeReason]: { title: string; text: string } } = {
  new: {
    title: 'Your health record, in one place',
    text: 'See test results, visits, medicines, messages and bills, for yourself and for the people you care for.',
  },
  expired: {
    title: 'Please sign in again',
    text: 'Your sign-in has ended. This happens after a while, or when access was stopped or changed somewhere else. Nothing was lost.',
  },
  'signed-out': {
    title: 'You are signed out',
    text: 'This page no longer holds anything of the record. On a shared computer, close the browser too.',
  },
  declined: {
    title: 'Nothing was opened',
    text: 'You chose not to continue. You can sign in whenever you like.',
  },
  failed: {
    title: 'The sign-in did not work',
    text: 'Please try again. If it keeps happening, call the support line.',
  },
  ended: {
    title: 'You can no longer see this chart',
    text: 'Your access to it has ended. That may be because the person turned 18, because a date was reached, or because the access was changed. If you have questions, call the doctor’s office.',
  },
  offline: {
    title: 'We could not reach the health record',
    text: 'Check your internet connection and try again.',
  },
};

export function Welcome({
  reason,
  detail,
  signIn,
  retry,
}: {
  reason: WelcomeReason;
  detail?: string;
  signIn: () => Promise<void>;
  retry?: () => void;
}): ReactElement {
  const heading = useRef<HTMLHeadingElement>(null);
  const [trouble, setTrouble] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const words = WORDS[reason];
  useEffect(() => {
    document.title = `${words.title} · Kinchart`;
    if (reason !== 'new') heading.current?.focus();
  }, [reason, words.title]);
  const go = () => {
    setTrouble(false);
    setLeaving(true);
    signIn().catch(() => {
      setLeaving(false);
      setTrouble(true);
    });
  };
  return (
    <div className="welcome">
      <main className="welcome-card" id="main">
        <Brand />
        <h1 ref={heading} tabIndex={-1}>
          {words.title}
        </h1>
        <p className="intro">{words.text}</p>
        {detail && <p className="welcome-detail">The server said: {detail}</p>}
        {trouble && (
          <p className="welcome-trouble" role="alert">
            We could not reach the sign-in page. Check your internet connection and try again.
          </p>
        )}
        <p className="actions">
          {retry && (
            <button type="button" className="button button-large" onClick={retry}>
              <Icon name="refresh" /> Try again
            </button>
          )}
          <button
            type="button"
            className={retry ? 'button button-quiet button-large' : 'button button-large'}
            onClick={go}
            disabled={leaving}
          >
            {leaving ? 'One moment…' : reason === 'ended' ? 'Open another chart' : 'Sign in'}
          </button>
        </p>
        <ul className="welcome-points">
          <li>
            <Icon name="family" />
            <span>Switch between your own chart and your family’s.</span>
          </li>
          <li>
            <Icon name="lock" />
            <span>
              You decide <a href={account.family}>who has access</a>, and you can see{' '}
              <a href={account.accessLog}>who looked</a>.
            </span>
          </li>
        </ul>
        <p className="welcome-emergency">
          In an emergency, call <a href="tel:911">911</a>.
        </p>
      </main>
    </div>
  );
}

export function Brand(): ReactElement {
  return (
    <span className="brand">
      <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect className="brand-ground" width="32" height="32" rx="9" />
        <path className="brand-stem" d="M10 8v16" />
        <path className="brand-arms" d="M22 8 10 17l12 7" />
      </svg>
      Kinchart
    </span>
  );
}
