/** Messages with the care team: reading them, and answering. */

import { useEffect, useRef, useState, type ReactElement } from 'react';
import { showDate, showDateTime, showDay, showTime } from '@kinchart/shared/fhir/dates';
import { count, localReference, possessive } from '@kinchart/shared/fhir/words';
import type { Communication, Reference } from '@kinchart/shared/fhir/types';
import { serverNow } from '@kinchart/shared/session/clock';
import { useChart } from '../parts/chart_context';
import { Icon } from '../parts/icon';
import { Loaded } from '../parts/loaded';
import { Badge, Notice, Nothing, Page, Section, Stack } from '../parts/page';
import { Emergency, Writing } from '../parts/writing';
import { href } from '../route';
import type { Viewer } from '../session/viewer';
import { phoneOf, replyTo } from '../views/asking';
import type { NameOf } from '../views/directory';
import { awayWords, handlingOf, type Service, type Task } from '../views/handling';
import { mayChange } from '../views/scopes';
import { bodyOf, isFromFamily, isUnread, threadsOf, type Thread } from '../views/messages';
import { OnlyReads, useMayWrite } from './ask';
import { loadMessages } from './load';

export function MessagesPage(): ReactElement {
  const { viewer } = useChart();
  const mayWrite = useMayWrite();
  return (
    <Page
      title="Messages"
      intro="Conversations with the care team. Allow at least two business days for an answer."
      shows={['Communication', 'Task']}
    >
      {mayWrite ? (
        <p className="actions">
          <a className="button" href={href('messages', 'ask')}>
            <Icon name="messages" /> Ask a question
          </a>
        </p>
      ) : (
        <OnlyReads />
      )}
      <Emergency />
      <Loaded
        load={(record) => loadMessages(record, viewer.patientId)}
        keys={[viewer.patientId]}
        what="messages"
      >
        {({ messages, nameOf }) => {
          const threads = threadsOf(messages, viewer.patientId);
          if (threads.length === 0)
            return <Nothing what="messages" missing="You have no messages." />;
          return (
            <Stack items={threads} keyOf={(t) => t.id}>
              {(thread) => <ThreadRow thread={thread} viewer={viewer} nameOf={nameOf} />}
            </Stack>
          );
        }}
      </Loaded>
      <WhoReads />
    </Page>
  );
}

function ThreadRow({
  thread,
  viewer,
  nameOf,
}: {
  thread: Thread;
  viewer: Viewer;
  nameOf: NameOf;
}): ReactElement {
  return (
    <a className={thread.unread > 0 ? 'row row-unread' : 'row'} href={href('messages', thread.id)}>
      <span className="row-main">
        <span className="row-title">{thread.subject}</span>
        <span className="row-note">
          {showDate(thread.last.sent)} · {senderName(thread.last, viewer, nameOf)}
          {thread.messages.length > 1 && ` · ${count(thread.messages.length, 'message')}`}
        </span>
        <span className="row-preview">{bodyOf(thread.last)}</span>
      </span>
      {thread.unread > 0 && (
        <span className="row-end">
          <Badge tone="info">{thread.unread} new</Badge>
        </span>
      )}
      <Icon name="right" />
    </a>
  );
}

export function ThreadPage({ id, sent }: { id: string; sent: boolean }): ReactElement {
  const { viewer } = useChart();
  const mayWrite = useMayWrite();
  const [told, setTold] = useState(0);
  const back = { href: href('messages'), label: 'Messages' };
  return (
    <Loaded
      load={(record) => loadMessages(record, viewer.patientId)}
      keys={[viewer.patientId, told]}
      what="this conversation"
    >
      {({ messages, nameOf, tasks, services }) => {
        const thread = threadsOf(messages, viewer.patientId).find((t) => t.id === id);
        if (!thread) {
          return (
            <Page title="This conversation is not here" back={back}>
              <p>It may have been removed, or it is not shared with you.</p>
            </Page>
          );
        }
        return (
          <Page
            title={thread.subject}
            back={back}
            intro={
              thread.messages.length > 1
                ? `${thread.messages.length} messages, oldest first`
                : undefined
            }
          >
            {sent && told === 0 && <Sent />}
            <NotesRead thread={thread} />
            <ol className="thread">
              {thread.messages.map((message) => (
                <Message key={message.id} message={message} viewer={viewer} nameOf={nameOf} />
              ))}
            </ol>
            <Standing thread={thread} tasks={tasks} services={services} nameOf={nameOf} />
            {mayWrite ? (
              <Answering
                key={thread.messages.length}
                thread={thread}
                phone={phoneIn(thread, tasks, services)}
                again={told > 0}
                sent={() => setTold(told + 1)}
              />
            ) : (
              <OnlyReads />
            )}
            <WhoReads />
          </Page>
        );
      }}
    </Loaded>
  );
}

function phoneIn(
  thread: Thread,
  tasks: Task[],
  services: Map<string, Service>,
): string | undefined {
  const pool = handlingOf(thread.messages, tasks, serverNow())?.pool;
  const to = thread.messages.flatMap((one) => one.recipient ?? []);
  const known = [pool, ...to].map((one) => services.get(localReference(one) ?? ''));
  return phoneOf(known.find((one) => one !== undefined));
}

/** Whoever opens a conversation has read it: it counts as new no longer, and nobody is reminded of it. */
function NotesRead({ thread }: { thread: Thread }): null {
  const { session, viewer } = useChart();
  const unread = thread.messages.filter((one) => isUnread(one, viewer.patientId));
  const ids = unread.map((one) => one.id ?? '').join(' ');
  useEffect(() => {
    if (!mayChange(session.granted, 'Communication')) return;
    const at = new Date(serverNow()).toISOString();
    // Not noted is no harm to whoever reads: it stays marked as new.
    for (const id of ids.split(' ').filter(Boolean)) session.noteRead(id, at).catch(() => undefined);
  }, [session, ids]);
  return null;
}

function Sent(): ReactElement {
  return (
    <p className="sent">
      <Icon name="check" /> Your message is sent.
    </p>
  );
}

/** Writing back; after something was sent, that is told first. */
function Answering(props: {
  thread: Thread;
  phone: string | undefined;
  again: boolean;
  sent: () => void;
}): ReactElement {
  const { viewer } = useChart();
  const told = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (props.again) told.current?.focus();
  }, [props.again]);
  return (
    <Section title="Write back">
      {props.again && (
        <div ref={told} tabIndex={-1}>
          <Sent />
        </div>
      )}
      <Emergency phone={props.phone} />
      <Writing
        label="Your message"
        send="Send"
        asks
        asksSubject={false}
        phone={props.phone}
        make={({ text }) => replyTo(props.thread, viewer.patientId, text)}
        sent={props.sent}
      />
    </Section>
  );
}

/** Where the conversation is at the practice, and by when an answer is due. */
function Standing(props: {
  thread: Thread;
  tasks: Task[];
  services: Map<string, Service>;
  nameOf: NameOf;
}): ReactElement | null {
  const now = serverNow();
  const handling = handlingOf(props.thread.messages, props.tasks, now);
  if (!handling || handling.state === 'closed') return null;
  const service = props.services.get(localReference(handling.pool) ?? '');
  const pool = service?.name ?? props.nameOf(handling.pool) ?? 'the office';
  const by = handling.due && `${showDay(handling.due)}, ${showTime(handling.due)}`;
  const away = awayWords(service, now);
  const words = {
    due: by ? `Expect an answer by ${by}.` : 'Your message is waiting for an answer.',
    late: 'This should have been answered by now. It has been moved to the front. For anything that cannot wait, call the office.',
    'waits-for-you': 'They asked you something. The answer to your message waits for yours.',
    closed: '',
  };
  return (
    <Notice icon="bell" title={`With ${pool}`} tone={handling.state === 'due' ? 'plain' : 'warm'}>
      <p>{words[handling.state]}</p>
      {away && <p>{away}</p>}
    </Notice>
  );
}

function Message({
  message,
  viewer,
  nameOf,
}: {
  message: Communication;
  viewer: Viewer;
  nameOf: NameOf;
}): ReactElement {
  const ours = isFromFamily(message, viewer.patientId);
  return (
    <li className={ours ? 'message message-ours' : 'message'}>
      <p className="message-head">
        <strong>{senderName(message, viewer, nameOf)}</strong>
        <span>{showDateTime(message.sent)}</span>
        {isUnread(message, viewer.patientId) && <Badge tone="info">New</Badge>}
      </p>
      <p className="note-text">{bodyOf(message) || 'This message has no text.'}</p>
      {(message.recipient ?? []).length > 0 && (
        <p className="message-to">
          To{' '}
          {(message.recipient ?? [])
            .map((r) => personName(r, viewer, nameOf))
            .join(', ')
            .replace(/^You$/, 'you')}
        </p>
      )}
    </li>
  );
}

function senderName(message: Communication, viewer: Viewer, nameOf: NameOf): string {
  return personName(message.sender, viewer, nameOf);
}

function personName(reference: Reference | undefined, viewer: Viewer, nameOf: NameOf): string {
  if (localReference(reference) === `Patient/${viewer.patientId}`)
    return viewer.standing === 'self' ? 'You' : viewer.patientName;
  return nameOf(reference) ?? 'The care team';
}

export function WhoReads(): ReactElement {
  const { viewer } = useChart();
  const family =
    viewer.standing === 'self'
      ? 'Family members you gave access to may read them too.'
      : `${possessive(viewer.patientFirstName)} other family members with access may read them too.`;
  return (
    <Notice icon="eye" title="Who may read these messages">
      <p>
        Staff of the office, not only your provider, may read and answer messages. They become part
        of the health record. {family}
      </p>
    </Notice>
  );
}
