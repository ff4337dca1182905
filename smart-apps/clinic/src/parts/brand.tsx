/** The mark and name of the workspace. */

import type { ReactElement } from 'react';

export function Brand(): ReactElement {
  return (
    <span className="brand">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <rect className="brand-ground" width="32" height="32" rx="9" />
        <path className="brand-stem" d="M10 8v16" />
        <path className="brand-arms" d="M22 8 10 17l12 7" />
      </svg>
      Clinic workspace
    </span>
  );
}
