/** Asking the practice something: what it is about first, then the words. */

import { useState, type ReactElement, type ReactNode } from 'react';
import { useChart } from '../parts/chart_context';
import { Icon } from '../parts/icon';
import { Loaded } from '../parts/loaded';
import { Notice, Page, Stack } from '../parts/page';
import { Emergency, Field, Writing } from '../parts/writing';
import { href } from '../route';
import type { Viewer } from '../session/viewer';
import { account } from '../site';
import {
  CATEGORIES,
  CUSTOMER_SERVICE,
  DEACTIVATION,
  messageOf,
  phoneOf,
  poolsFor,
  TOPICS,
  usualPool,
  type Choice,
} from '../views/asking';
import type { Service } from '../views/handling';
import { mayAdd } from '../views/scopes';
import { loadPools } from './load';
import { WhoReads } from './messages';

const MESSAGES = { href: href('messages'), label: 'Messages' };
const ASK = { href: href('messages', 'ask'), label: 'Ask a question' };

/** Whether this sign-in lets messages be written at all. */
export function useMayWrite(): boolean {
  const { session } = useChart();
  return mayAdd(session.granted, 'Communication');
}

/** Why there is no way to write, for whoever only reads. */
export function OnlyReads(): ReactElement {
  const { viewer, switchChart } = useChart();
  if (viewer.standing === 'self') {
    return (
      <Notice icon="lock" title="You can read messages here, not write them">
        <p>This sign-in does not include writing. Sign in again and leave every box checked.</p>
        <button type="button" className="button button-quiet" onClick={switchChart}>
          Sign in again
        </button>
      </Notice>
    );
  }
  return (
    <Notice icon="lock" title="You can read these messages, not write them">
      <p>
        That is how your access to {viewer.patientFirstName}’s record was given. To ask something,
        call the office. <a href={account.family}>See what your access covers</a>.
      </p>
    </Notice>
  );
}

export function AskPage({ category, topic }: { category?: string; topic?: string }): ReactElement {
  const mayWrite = useMayWrite();
  const { viewer } = useChart();
  if (!mayWrite) {
    return (
      <Page title="Ask a question" back={MESSAGES}>
        <OnlyReads />
      </Page>
    );
  }
  const about = CATEGORIES.find((one) => one.code === category);
  const topics = topicsFor(viewer);
  const exactly = topics.find((one) => one.code === topic);
  if (!about) {
    return (
      <Choosing
        title="Ask a question"
        intro={
          viewer.standing === 'self'
            ? 'What is it about?'
            : `What is it about? You write for ${viewer.patientFirstName}.`
        }
        back={MESSAGES}
        choices={CATEGORIES}
        to={(code) => href('messages', 'ask', code)}
      >
        <Emergency />
      </Choosing>
    );
  }
  if (about.code === CUSTOMER_SERVICE && !exactly) {
    return (
      <Choosing
        title={about.label}
        intro="What can customer service help with?"
        back={ASK}
        choices={topics}
        to={(code) => href('messages', 'ask', CUSTOMER_SERVICE, code)}
      >
        {viewer.standing !== 'self' && (
          <p className="section-note">
            To close the account you sign in with, go to{' '}
            <a href={account.close}>Close my account</a>.
          </p>
        )}
      </Choosing>
    );
  }
  return <Compose key={`${about.code} ${exactly?.code ?? ''}`} about={about} topic={exactly} />;
}

/** A message lies in the chart it is about: closing one's own account is no matter of somebody else's chart. */
function topicsFor(viewer: Viewer): Choice[] {
  return TOPICS.filter((one) => viewer.standing === 'self' || one.code !== DEACTIVATION);
}

function Choosing(props: {
  title: string;
  intro: string;
  back: { href: string; label: string };
  choices: readonly Choice[];
  to: (code: string) => string;
  children?: ReactNode;
}): ReactElement {
  return (
    <Page title={props.title} intro={props.intro} back={props.back}>
      <Stack items={[...props.choices]} keyOf={(one) => one.code}>
        {(one) => (
          <a className="row" href={props.to(one.code)}>
            <span className="row-main">
              <span className="row-title">{one.label}</span>
              <span className="row-note">{one.hint}</span>
            </span>
            <Icon name="right" />
          </a>
        )}
      </Stack>
      {props.children}
    </Page>
  );
}

function Compose({ about, topic }: { about: Choice; topic: Choice | undefined }): ReactElement {
  const { viewer } = useChart();
  const back =
    about.code === CUSTOMER_SERVICE
      ? { href: href('messages', 'ask', CUSTOMER_SERVICE), label: about.label }
      : ASK;
  const [asked, setAsked] = useState(false);
  if (asked) return <AskedToClose />;
  return (
    <Page title={topic?.label ?? about.label} back={back}>
      {topic?.code === DEACTIVATION && <WhatClosingMeans />}
      <Loaded
        load={(record) => loadPools(record, viewer.patient)}
        keys={[viewer.patientId]}
        what="whom to write to"
      >
        {({ services, own }) => (
          <Form
            about={about}
            topic={topic}
            pools={poolsFor(services, about.code)}
            usual={usualPool(poolsFor(services, about.code), own)}
            closes={() => setAsked(true)}
          />
        )}
      </Loaded>
      <WhoReads />
    </Page>
  );
}

function Form(props: {
  about: Choice;
  topic: Choice | undefined;
  pools: Service[];
  usual: string;
  closes: () => void;
}): ReactElement {
  const { viewer } = useChart();
  const { about, topic, pools } = props;
  const [pool, setPool] = useState(props.usual);
  const closing = topic?.code === DEACTIVATION;
  const chosen = pools.find((one) => one.id === pool);
  const phone = phoneOf(chosen ?? pools[0]);
  return (
    <>
      {!closing && <Emergency phone={phone} />}
      <Writing
        label={closing ? 'Anything we should know, if you like' : 'Your message'}
        {...(closing
          ? {}
          : { hint: 'They can only answer from what you tell them here: say since when, and how much.' })}
        send={closing ? 'Send the request' : 'Send'}
        asks={!closing}
        asksSubject={!topic}
        phone={phone}
        make={(words) =>
          messageOf({
            patientId: viewer.patientId,
            category: about.code,
            topic: topic?.code,
            // Who handles accounts is found by the server.
            pool: closing ? '' : pool,
            ...words,
            text: words.text.trim() || 'Please close my account.',
          })
        }
        sent={(message) => {
          if (closing) props.closes();
          else location.hash = href('messages', message.id ?? '', 'sent');
        }}
      >
        {!closing && pools.length > 1 && (
          <Field label="Who should answer?">
            {(more) => (
              <select {...more} value={pool} onChange={(event) => setPool(event.target.value)}>
                {pools.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.name}
                  </option>
                ))}
                <option value="">I am not sure: the office finds out</option>
              </select>
            )}
          </Field>
        )}
        {!closing && pools.length === 1 && (
          <p className="to-whom">
            To <strong>{pools[0]?.name}</strong>
          </p>
        )}
      </Writing>
    </>
  );
}

function WhatClosingMeans(): ReactElement {
  return (
    <Notice icon="lock" title="What happens then">
      <p>
        Nothing is closed by this message alone. You confirm that it is you, or medical records
        checks with you and does it within one business day.
      </p>
      <p>
        Your record stays with the office, and your care does not change. Apps and people you let in
        lose their access.
      </p>
      <p>
        Should nobody else see that you asked? <a href={account.close}>Close it now</a> instead: then
        there is no message.
      </p>
    </Notice>
  );
}

/** The request is made: whoever is at the screen proves again who they are, and it is done. */
function AskedToClose(): ReactElement {
  return (
    <Page title="We have your request" back={MESSAGES}>
      <Notice icon="check" title="Your account is still open">
        <p>
          To close it at once, go on and confirm that it is you: you may be asked for your password
          again. Otherwise medical records does it within one business day.
        </p>
        <p>Changed your mind? You can take the request back on the same page.</p>
        <a className="button" href={account.close}>
          Go on and confirm
        </a>
      </Notice>
    </Page>
  );
}
