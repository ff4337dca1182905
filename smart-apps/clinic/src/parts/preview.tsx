/** What a parent will see of a visit, looked at before it is signed. */

import { type ReactElement } from 'react';
import { localReference } from '@kinchart/shared/fhir/words';
import type { Encounter, Resource } from '@kinchart/shared/fhir/types';
import { visitTitle } from '@kinchart/shared/views/visits';
import type { Parameter } from '../session/workspace';
import { itemsOf, kindWords, reasonWords } from '../views/preview';
import { Sheet } from './verb';
import { Loaded } from './work';

export function Preview(props: { visit: Encounter; close: () => void }): ReactElement {
  const { visit } = props;
  return (
    <Sheet title="What a parent will see" id="preview" close={props.close}>
      <p className="quiet">{visitTitle(visit)}</p>
      <Loaded
        load={({ record }) =>
          record.read<Resource & { parameter?: Parameter[] }>(
            `Encounter/${visit.id ?? ''}/$preview-release`,
          )
        }
        keys={[visit.id]}
        what="the preview"
      >
        {(answer) => {
          const { items, notice } = itemsOf(answer.parameter ?? []);
          const leaks = items.filter((item) => item.leak);
          return (
            <>
              {leaks.length > 0 && (
                <p className="notice" role="note">
                  <strong>Look at this again.</strong> {leaks[0]?.leak}
                </p>
              )}
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">What</th>
                    <th scope="col">A parent</th>
                    <th scope="col">Why</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((item) => (
                    <tr key={item.reference}>
                      <th scope="row">
                        {kindWords(localReference(item.reference) ?? item.reference)}
                        {item.leak && <span className="tag tag-watch">look again</span>}
                      </th>
                      <td>{item.visible ? 'sees it' : 'does not'}</td>
                      <td className="quiet">{reasonWords(item.reason)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <p>
                {notice
                  ? 'A parent who wants mail about news gets one. It does not say what is new.'
                  : 'No parent gets mail because of this visit.'}
              </p>
            </>
          );
        }}
      </Loaded>
    </Sheet>
  );
}
