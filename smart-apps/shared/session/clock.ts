/** The server's time, as well as it can be known: ages turn by its clock, not by this device's. */

const KEPT = 'kinchart.clock';

/** Notes what time the server said it was, just now. */
export function noteServerTime(text: string): void {
  const at = Date.parse(text);
  if (!Number.isNaN(at)) sessionStorage.setItem(KEPT, String(at - Date.now()));
}

export function serverNow(): number {
  return Date.now() + (Number(sessionStorage.getItem(KEPT)) || 0);
}
