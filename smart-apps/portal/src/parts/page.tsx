/** The building blocks of a page. */

import { useId, type ReactElement, type ReactNode } from 'react';
import { listed } from '@kinchart/shared/fhir/words';
import { account } from '../site';
import { keptBack } from '../views/scopes';
import { useChart } from './chart_context';
import { Icon, type IconName } from './icon';

export function Page({
  title,
  intro,
  back,
  shows,
  children,
}: {
  title: string;
  intro?: ReactNode;
  back?: { href: string; label: string };
  /** Types of the record that it is made of. */
  shows?: readonly string[];
  children: ReactNode;
}): ReactElement {
  return (
    <>
      {back && (
        <p className="back">
          <a href={back.href}>
            <Icon name="left" /> {back.label}
          </a>
        </p>
      )}
      <h1 tabIndex={-1}>{title}</h1>
      {intro && <p className="intro">{intro}</p>}
      {shows && <KeptBack types={shows} />}
      {children}
    </>
  );
}

/** One quiet line where this sign-in sees only a part of what a page is made of. */
function KeptBack({ types }: { types: readonly string[] }): ReactElement | null {
  const { session } = useChart();
  const names = keptBack(session.granted, types);
  if (names.length === 0) return null;
  return (
    <p className="kept-back">
      This list may not show everything: this app was not allowed to see all {listed(names)}.
    </p>
  );
}

export function Section({
  title,
  note,
  children,
}: {
  title: string;
  note?: ReactNode;
  children: ReactNode;
}): ReactElement {
  const id = useId();
  return (
    <section className="section" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {note && <p className="section-note">{note}</p>}
      {children}
    </section>
  );
}

export function Card({
  children,
  tone,
}: {
  children: ReactNode;
  tone?: 'quiet' | 'warm';
}): ReactElement {
  return <div className={tone ? `card card-${tone}` : 'card'}>{children}</div>;
}

/** A list of cards. */
export function Stack<T>({
  items,
  keyOf,
  children,
}: {
  items: T[];
  keyOf: (item: T, at: number) => string;
  children: (item: T) => ReactNode;
}): ReactElement {
  return (
    <ul className="stack">
      {items.map((item, at) => (
        <li key={keyOf(item, at)}>{children(item)}</li>
      ))}
    </ul>
  );
}

/** Names and values; what is missing is left out. */
export function Facts({ facts }: { facts: [string, ReactNode][] }): ReactElement | null {
  const known = facts.filter(
    ([, value]) => value !== undefined && value !== null && value !== '' && value !== false,
  );
  if (known.length === 0) return null;
  return (
    <dl className="facts">
      {known.map(([name, value], at) => (
        <div key={`${name} ${at}`}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Badge({
  tone = 'plain',
  children,
}: {
  tone?: 'plain' | 'good' | 'watch' | 'alert' | 'info';
  children: ReactNode;
}): ReactElement {
  return <span className={`badge badge-${tone}`}>{children}</span>;
}

export function Notice({
  icon = 'bell',
  title,
  tone = 'plain',
  children,
}: {
  icon?: IconName;
  title?: string;
  tone?: 'plain' | 'warm' | 'urgent';
  children: ReactNode;
}): ReactElement {
  return (
    <div className={`notice notice-${tone}`}>
      <Icon name={icon} />
      <div>
        {title && <p className="notice-title">{title}</p>}
        {children}
      </div>
    </div>
  );
}

/** Nothing to show, and why that may be, said from who is reading and never from what is hidden. */
export function Nothing({ what, missing }: { what: string; missing?: string }): ReactElement {
  const { viewer } = useChart();
  return (
    <div className="nothing">
      <p className="nothing-title">No {what} to show</p>
      {viewer.standing === 'self' && (
        <p>{missing ?? 'If you think something is missing, ask your doctor’s office.'}</p>
      )}
      {viewer.standing === 'parent' && (
        <p>
          If you think something is missing, ask the doctor’s office. By law, some care that young
          people can agree to on their own is private and never shows here.
        </p>
      )}
      {viewer.standing === 'adult-proxy' && (
        <p>
          Either there is nothing on record, or the access you were given does not cover it.{' '}
          <a href={account.family}>See what your access covers</a>.
        </p>
      )}
    </div>
  );
}
