/** Addresses inside the workspace: `#/`, `#/patient/ana`, `#/work`, `#/work/proxy-request`, `#/task/17`. */

import { useEffect, useState } from 'react';

export type Route =
  | { page: 'find' }
  | { page: 'patient'; id: string }
  | { page: 'work'; queue: string | undefined }
  | { page: 'task'; id: string }
  | { page: 'lost' };

const ID = /^[A-Za-z0-9.-]{1,64}$/;

export function parseRoute(hash: string): Route {
  const [page, id, ...more] = hash.replace(/^#\/?/, '').split('/').filter(Boolean);
  if (page === undefined) return { page: 'find' };
  const fits = id !== undefined && ID.test(id);
  if (more.length > 0 || (id !== undefined && !fits)) return { page: 'lost' };
  if (page === 'work') return { page: 'work', queue: id };
  if (fits && (page === 'patient' || page === 'task')) return { page, id };
  return { page: 'lost' };
}

export function patientHref(id: string): string {
  return `#/patient/${id}`;
}

export function workHref(queue?: string): string {
  return queue === undefined ? '#/work' : `#/work/${queue}`;
}

export function taskHref(id: string): string {
  return `#/task/${id}`;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const changed = () => setRoute(parseRoute(location.hash));
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);
  return route;
}
