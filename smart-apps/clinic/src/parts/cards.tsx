/** Cards of decision support, with what can be done about them. */

import { useState, type ReactElement } from 'react';
import type { Resource } from '@kinchart/shared/fhir/types';
import type { Workspace } from '../session/workspace';
import {
  blocksOf,
  indicatorWords,
  isWebAddress,
  type Block,
  type Card,
  type CardLink,
  type Stretch,
  type Suggestion,
} from '../views/cards';
import { useWork } from './work';

interface Props {
  service: string;
  cards: Card[];
  /** Opens a SMART app a card leads to. */
  open?: (url: string) => void;
}

export function Cards({ service, cards, open }: Props): ReactElement {
  const { workspace } = useWork();
  const [away, setAway] = useState<readonly string[]>([]);
  const shown = cards.filter((card) => !away.includes(card.uuid ?? ''));
  if (shown.length === 0) return <p className="quiet">Nothing to note.</p>;
  const dismiss = (card: Card) => {
    workspace.tell(service, card, 'overridden');
    setAway((all) => [...all, card.uuid ?? '']);
  };
  return (
    <ul className="cards">
      {shown.map((card) => (
        <li key={card.uuid ?? card.summary} className={`cds cds-${card.indicator}`}>
          <p className="cds-summary">
            <span className="cds-kind">{indicatorWords[card.indicator]}</span> {card.summary}
          </p>
          {card.detail && <Detail markdown={card.detail} />}
          <Actions
            card={card}
            service={service}
            open={open}
            dismiss={() => dismiss(card)}
          />
          <p className="cds-source">
            Source:{' '}
            {card.source.url && isWebAddress(card.source.url) ? (
              <a href={card.source.url} target="_blank" rel="noopener noreferrer">
                {card.source.label}
              </a>
            ) : (
              card.source.label
            )}
          </p>
        </li>
      ))}
    </ul>
  );
}

function Detail({ markdown }: { markdown: string }): ReactElement {
  const blocks = blocksOf(markdown);
  const items = blocks.reduce((sum, b) => sum + (b.kind === 'list' ? b.items.length : 1), 0);
  const body = <div className="cds-detail">{blocks.map(block)}</div>;
  if (items <= 3) return body;
  return (
    <details>
      <summary>Details</summary>
      {body}
    </details>
  );
}

function block(one: Block, at: number): ReactElement {
  if (one.kind === 'text') return <p key={at}>{words(one.line)}</p>;
  return (
    <ul key={at}>
      {one.items.map((item, i) => (
        <li key={i}>{words(item)}</li>
      ))}
    </ul>
  );
}

function words(line: Stretch[]): (string | ReactElement)[] {
  return line.map((part, at) => (part.strong ? <strong key={at}>{part.text}</strong> : part.text));
}

function Actions(props: {
  card: Card;
  service: string;
  open: ((url: string) => void) | undefined;
  dismiss: () => void;
}): ReactElement | null {
  const { card, service, open } = props;
  const { workspace } = useWork();
  const follow = (link: CardLink) => {
    workspace.tell(service, card, 'accepted');
    open?.(link.url);
  };
  const links = (card.links ?? []).filter((link) => isWebAddress(link.url));
  const dismissable = card.uuid !== undefined && card.indicator !== 'critical';
  return (
    <div className="cds-actions">
      {(card.suggestions ?? []).map((suggestion) => (
        <Draft
          key={suggestion.uuid ?? suggestion.label}
          suggestion={suggestion}
          taken={() => workspace.tell(service, card, 'accepted', suggestion.uuid)}
        />
      ))}
      {links.map((link) =>
        link.type === 'smart' && open ? (
          <button
            key={link.url}
            type="button"
            className="button button-small button-quiet"
            onClick={() => follow(link)}
          >
            {link.label}
          </button>
        ) : (
          <a key={link.url} href={link.url} target="_blank" rel="noopener noreferrer">
            {link.label}
          </a>
        ),
      )}
      {dismissable && (
        <button type="button" className="link" onClick={props.dismiss}>
          Not now<span className="visually-hidden">: {card.summary}</span>
        </button>
      )}
    </div>
  );
}

/** One suggestion: its drafts are written at a click. */
function Draft(props: { suggestion: Suggestion; taken: () => void }): ReactElement {
  const { workspace } = useWork();
  const [state, setState] = useState<'open' | 'busy' | 'done' | 'failed'>('open');
  const { label, actions } = props.suggestion;
  if (state === 'done')
    return (
      <p className="done" role="status">
        Done: {label}
      </p>
    );
  const take = () => {
    setState('busy');
    write(workspace, actions ?? []).then(
      () => {
        props.taken();
        setState('done');
      },
      () => setState('failed'),
    );
  };
  return (
    <>
      <button
        type="button"
        className="button button-small button-quiet"
        disabled={state === 'busy'}
        onClick={take}
      >
        {label}
      </button>
      {state === 'failed' && (
        <p className="trouble" role="alert">
          It could not be saved.
        </p>
      )}
    </>
  );
}

async function write(workspace: Workspace, actions: NonNullable<Suggestion['actions']>) {
  for (const action of actions) {
    if (action.type === 'create' && action.resource)
      await workspace.create(action.resource as Resource);
  }
}
