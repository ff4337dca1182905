/** Says, where it is so, that the reader is not told when something is new, and where to mend it. */

import { useEffect, useState, type ReactElement } from 'react';
import { mailTrouble, type MailTrouble, type NoticeSettings } from '../views/mail';
import { useChart } from './chart_context';
import { Notice } from './page';

export function MailNotice(): ReactElement | null {
  const { session } = useChart();
  const [trouble, setTrouble] = useState<MailTrouble>();
  useEffect(() => {
    let wanted = true;
    session.record.read<NoticeSettings>('$notice-settings').then(
      (settings) => wanted && setTrouble(mailTrouble(settings)),
      // The chart is more important than this word about mail: without an answer, none is said.
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [session]);
  if (!trouble) return null;
  return (
    <Notice tone="warm" title="We cannot tell you when there is something new">
      <p>{trouble.what}</p>
      <a className="button button-quiet" href={trouble.page}>
        Look, and mend it
      </a>
    </Notice>
  );
}
