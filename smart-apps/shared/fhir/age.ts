/** How old someone is, and which birthdays they have reached. */

export interface Day {
  year: number;
  month: number;
  day: number;
}

/** The calendar day of an instant in a time zone. */
export function dayIn(zone: string, at: number): Day {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  return { year: part('year'), month: part('month'), day: part('day') };
}

/**
 * Has someone born on this day reached `age` by `today`? A missing month or day counts as the
 * earliest possible, which protects the young person. Born on February 29, the birthday of a
 * common year is March 1.
 */
export function attained(birthDate: string, age: number, today: Day): boolean {
  const [year, month, day] = birthDate.split('-').map(Number);
  if (year === undefined || Number.isNaN(year)) return true;
  return order({ year: year + age, month: month ?? 1, day: day ?? 1 }, today) <= 0;
}

export function yearsOld(birthDate: string, today: Day): number {
  let years = Math.max(0, today.year - Number(birthDate.slice(0, 4)));
  while (years > 0 && !attained(birthDate, years, today)) years -= 1;
  return years;
}

/** `34 years old`, `7 months old`, `5 days old`. */
export function ageInWords(birthDate: string | undefined, today: Day): string | undefined {
  if (!birthDate || !/^\d{4}/.test(birthDate)) return undefined;
  const years = yearsOld(birthDate, today);
  if (birthDate.length < 10) return `about ${years} years old`;
  if (years >= 2) return `${years} years old`;
  const [y = 0, m = 1, d = 1] = birthDate.split('-').map(Number);
  const months = (today.year - y) * 12 + today.month - m - (today.day < d ? 1 : 0);
  if (months >= 1) return `${months} ${months === 1 ? 'month' : 'months'} old`;
  const days = Math.round(
    (Date.UTC(today.year, today.month - 1, today.day) - Date.UTC(y, m - 1, d)) / 86_400_000,
  );
  return days < 0 ? undefined : `${days} ${days === 1 ? 'day' : 'days'} old`;
}

function order(a: Day, b: Day): number {
  return a.year - b.year || a.month - b.month || a.day - b.day;
}
