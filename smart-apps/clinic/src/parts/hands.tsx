/** Who has a piece of work, and giving it from hand to hand. */

import { useState, type ReactElement } from 'react';
import { localReference } from '@kinchart/shared/fhir/words';
import type { Piece } from '../pages/task';
import { holderOf, holderWords, isOver, pausedSince } from '../views/work';
import { Trouble, useVerb, type Done } from './verb';
import { useWork } from './work';

export function Hands(props: { piece: Piece; done: Done }): ReactElement | null {
  const { task, queue } = props.piece;
  const { workspace } = useWork();
  const verb = useVerb(props.done, true);
  const [giving, setGiving] = useState(false);
  const holder = holderOf(task);
  const mine = localReference(holder) === workspace.me;
  const at = `Task/${task.id ?? ''}`;
  if (isOver(task) || !queue) return null;
  return (
    <section className="hands" aria-label="Who has it">
      <p>
        <span className="hands-term">Who has it</span> {holderWords(task, workspace.me)}
      </p>
      <div className="hands-acts">
        {!holder && (
          <button
            type="button"
            className="button button-small"
            disabled={verb.busy}
            onClick={() => verb.run(() => workspace.operate(`${at}/$claim`), 'It is yours now.')}
          >
            Take it on
          </button>
        )}
        {mine && (
          <button
            type="button"
            className="button button-small button-quiet"
            disabled={verb.busy}
            onClick={() =>
              verb.run(() => workspace.operate(`${at}/$release`), 'It is back in the queue.')
            }
          >
            Give it back
          </button>
        )}
        {pausedSince(task) !== undefined && mine && (
          <button
            type="button"
            className="button button-small button-quiet"
            disabled={verb.busy}
            onClick={() =>
              verb.run(() => workspace.operate(`${at}/$resume`), 'The clock runs again.')
            }
          >
            Go on without an answer
          </button>
        )}
        {queue.colleagues.length > 1 && !giving && (
          <button type="button" className="link" onClick={() => setGiving(true)}>
            Give it to a colleague
          </button>
        )}
      </div>
      {giving && (
        <Giving
          piece={props.piece}
          busy={verb.busy}
          give={(to, name) =>
            verb.run(async () => {
              const from = holder ? [{ name: 'from', valueReference: holder }] : [];
              await workspace.operate(`${at}/$assign`, [
                { name: 'to', valueReference: { reference: to } },
                ...from,
              ]);
              setGiving(false);
            }, `${name} has it now.`)
          }
        />
      )}
      <Trouble fault={verb.fault} />
    </section>
  );
}

function Giving(props: {
  piece: Piece;
  busy: boolean;
  give: (to: string, name: string) => void;
}): ReactElement {
  const holder = localReference(holderOf(props.piece.task));
  const others = (props.piece.queue?.colleagues ?? []).filter(
    (one) => localReference(one) !== holder,
  );
  const [to, setTo] = useState(localReference(others[0]) ?? '');
  const name = others.find((one) => localReference(one) === to)?.display ?? 'A colleague';
  return (
    <form
      className="hands-give"
      onSubmit={(event) => {
        event.preventDefault();
        props.give(to, name);
      }}
    >
      <label htmlFor="colleague">To</label>
      <select id="colleague" value={to} onChange={(event) => setTo(event.target.value)}>
        {others.map((one) => (
          <option key={localReference(one)} value={localReference(one)}>
            {one.display}
          </option>
        ))}
      </select>
      <button type="submit" className="button button-small" disabled={props.busy || !to}>
        Give
      </button>
    </form>
  );
}
