/** Where the workspace begins: finish or wake the sign-in, then draw. */

import { createRoot } from 'react-dom/client';
import { arrive, launchAs } from '@kinchart/shared/session/launch';
import { App } from './app';
import { base, clientId, scopes } from './site';
import './styles/ground.css';
import './styles/frame.css';
import './styles/chart.css';
import './styles/work.css';

launchAs({ base, clientId, scopes });

const place = document.getElementById('clinic');

if (place) {
  const root = createRoot(place);
  void arrive().then((arrival) => root.render(<App arrival={arrival} />));
}
