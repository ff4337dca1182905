/** Addresses inside the workspace: `#/`, `#/patient/ana`. */

import { useEffect, useState } from 'react';

export type Route = { page: 'find' } | { page: 'patient'; id: string } | { page: 'lost' };

const ID = /^[A-Za-z0-9.-]{1,64}$/;

export function parseRoute(hash: string): Route {
  const [page, id, ...more] = hash.replace(/^#\/?/, '').split('/').filter(Boolean);
  if (page === undefined) return { page: 'find' };
  if (page === 'patient' && id !== undefined && ID.test(id) && more.length === 0)
    return { page: 'patient', id };
  return { page: 'lost' };
}

export function patientHref(id: string): string {
  return `#/patient/${id}`;
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
