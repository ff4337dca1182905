/** The open chart, for every page below. */

import { createContext, useContext } from 'react';
import type { Session } from '../session/session';
import type { Viewer } from '../session/viewer';

export interface OpenChart {
  session: Session;
  viewer: Viewer;
  /** Starts a new launch, in which the server asks whose chart to open. */
  switchChart: () => void;
  signOut: () => void;
  /** The server no longer accepts the sign-in. */
  lost: () => void;
}

const Chart = createContext<OpenChart | undefined>(undefined);

export const ChartProvider = Chart.Provider;

export function useChart(): OpenChart {
  const chart = useContext(Chart);
  if (!chart) throw new Error('No chart is open here.');
  return chart;
}
