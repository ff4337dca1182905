/** How long an emergency still lasts. */

/** Whole minutes left, the last one counted until it is over; 0 from then on. */
export function minutesLeft(expires: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(expires) - now) / 60_000));
}
