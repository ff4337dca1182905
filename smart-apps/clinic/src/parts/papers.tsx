/** Documents handed in with a request: opened here, one at a time. */

import { useEffect, useState, type ReactElement } from 'react';
import { showDate } from '@kinchart/shared/fhir/dates';
import type { Attachment, DocumentReference } from '@kinchart/shared/fhir/types';
import { Sheet, Trouble } from './verb';
import { Loaded, useWork } from './work';

export function Papers({ references }: { references: string[] }): ReactElement | null {
  const [open, setOpen] = useState<{ title: string; attachment: Attachment }>();
  if (references.length === 0) return null;
  return (
    <section aria-labelledby="papers">
      <h2 id="papers">Papers</h2>
      <Loaded
        load={({ record }) =>
          Promise.all(references.map((reference) => record.read<DocumentReference>(reference)))
        }
        keys={references}
        what="the papers"
      >
        {(documents) => (
          <ul className="rows">
            {documents.map((document) => {
              const attachment = document.content?.[0]?.attachment ?? {};
              const title = attachment.title ?? document.description ?? 'Paper';
              return (
                <li key={document.id}>
                  <button
                    type="button"
                    className="link"
                    onClick={() => setOpen({ title, attachment })}
                  >
                    {title}
                  </button>
                  <span className="quiet">
                    {[attachment.contentType, document.date && showDate(document.date, 'medium')]
                      .filter(Boolean)
                      .join(', ')}
                  </span>
                </li>
              );
            })}
          </ul>
        )}
      </Loaded>
      {open && <Paper {...open} close={() => setOpen(undefined)} />}
    </section>
  );
}

const PICTURES = ['image/jpeg', 'image/png'];

function Paper(props: {
  title: string;
  attachment: Attachment;
  close: () => void;
}): ReactElement {
  const { workspace } = useWork();
  const { title, attachment } = props;
  const [data, setData] = useState('');
  const [fault, setFault] = useState('');
  const type = attachment.contentType ?? '';
  useEffect(() => {
    workspace.contentOf(attachment).then(setData, () =>
      setFault('The paper could not be opened.'),
    );
  }, [workspace, attachment]);
  const address = data && `data:${type};base64,${data}`;
  return (
    <Sheet title={title} id="paper" close={props.close}>
      <Trouble fault={fault} />
      {address && PICTURES.includes(type) && <img className="paper" src={address} alt={title} />}
      {address && !PICTURES.includes(type) && (
        <p>
          <a href={address} download={title}>
            Save it to look at it
          </a>{' '}
          <span className="quiet">({type})</span>
        </p>
      )}
    </Sheet>
  );
}
