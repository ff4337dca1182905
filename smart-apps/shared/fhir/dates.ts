/** FHIR dates in words, without inventing precision that was not sent. */

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;

const day = new Intl.DateTimeFormat('en-US', { dateStyle: 'long' });
const shortDay = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium' });
const month = new Intl.DateTimeFormat('en-US', { month: 'long', year: 'numeric' });
const clock = new Intl.DateTimeFormat('en-US', { hour: 'numeric', minute: '2-digit' });
const zonedClock = new Intl.DateTimeFormat('en-US', {
  hour: 'numeric',
  minute: '2-digit',
  timeZoneName: 'short',
});
const nearDay = new Intl.DateTimeFormat('en-US', {
  weekday: 'long',
  month: 'long',
  day: 'numeric',
});
const weekday = new Intl.DateTimeFormat('en-US', { weekday: 'long' });

/** The instant a dateTime names; a bare date is the start of that day here. NaN when unreadable. */
export function instant(text: string | undefined): number {
  if (!text) return NaN;
  const parts = DATE.exec(text);
  if (!parts) return Date.parse(text);
  return new Date(Number(parts[1]), Number(parts[2] ?? '1') - 1, Number(parts[3] ?? '1')).getTime();
}

/** `June 15, 2026`, `June 2026` or `2026`, as precise as what was sent. */
export function showDate(
  text: string | undefined,
  style: 'long' | 'medium' = 'long',
  otherwise = 'Date not given',
): string {
  if (!text) return otherwise;
  const at = instant(text);
  if (Number.isNaN(at)) return otherwise;
  const parts = DATE.exec(text);
  if (parts && !parts[2]) return parts[1] ?? otherwise;
  if (parts && !parts[3]) return month.format(at);
  return (style === 'long' ? day : shortDay).format(at);
}

/** The day, and the time where one was sent. */
export function showDateTime(text: string | undefined, otherwise = 'Date not given'): string {
  const date = showDate(text, 'long', otherwise);
  return text && hasTime(text) ? `${date} at ${clock.format(instant(text))}` : date;
}

/** `Friday, June 19`, for days near enough to need no year. */
export function showDay(text: string): string {
  return nearDay.format(instant(text));
}

export function showTime(text: string): string {
  return zonedClock.format(instant(text));
}

export function showWeekday(text: string): string {
  return weekday.format(instant(text));
}

export function hasTime(text: string): boolean {
  return text.includes('T') && !Number.isNaN(instant(text));
}

/** Sorts newest first; what has no date comes last. */
export function newestFirst<T>(items: T[], dateOf: (item: T) => string | undefined): T[] {
  const rank = (item: T) => {
    const at = instant(dateOf(item));
    return Number.isNaN(at) ? -Infinity : at;
  };
  return [...items].sort((a, b) => compare(rank(b), rank(a)));
}

/** Sorts soonest first; what has no date comes last. */
export function soonestFirst<T>(items: T[], dateOf: (item: T) => string | undefined): T[] {
  const rank = (item: T) => {
    const at = instant(dateOf(item));
    return Number.isNaN(at) ? Infinity : at;
  };
  return [...items].sort((a, b) => compare(rank(a), rank(b)));
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** `today`, `tomorrow`, `in 5 days`, `3 weeks ago`. */
export function howFar(text: string, now: number): string {
  const days = Math.round((startOfDay(instant(text)) - startOfDay(now)) / 86_400_000);
  if (days === 0) return 'today';
  if (days === 1) return 'tomorrow';
  if (days === -1) return 'yesterday';
  const n = Math.abs(days);
  const amount =
    n < 14
      ? `${n} days`
      : n < 60
        ? `${Math.round(n / 7)} weeks`
        : n < 730
          ? `${Math.round(n / 30.4)} months`
          : `${Math.round(n / 365.25)} years`;
  return days > 0 ? `in ${amount}` : `${amount} ago`;
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
