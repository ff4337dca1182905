/** Where the portal begins: finish or wake the sign-in, then draw. */

import { createRoot } from 'react-dom/client';
import { App } from './app';
import { arrive } from './session/launch';
import '@kinchart/shared/styles/ground.css';
import './styles/frame.css';
import './styles/parts.css';
import './styles/record.css';

const place = document.getElementById('portal');

if (place) {
  const root = createRoot(place);
  void arrive().then((arrival) => root.render(<App arrival={arrival} />));
}
