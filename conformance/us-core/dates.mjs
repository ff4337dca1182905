// Times as ranges of milliseconds: what a partial date covers, and how two ranges compare.

const DAY = 86_400_000;

// The range of a date, dateTime or instant as written.
export function range(text) {
  const parts = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/.exec(text);
  if (!parts) return undefined;
  const [, year, month, day, hour, , second, fraction] = parts;
  if (hour === undefined) {
    const low = Date.UTC(+year, month ? +month - 1 : 0, day ? +day : 1);
    const high = day ? low + DAY : month ? Date.UTC(+year, +month, 1) : Date.UTC(+year + 1, 0, 1);
    return { low, high, timed: false };
  }
  const low = Date.parse(second === undefined ? text.replace(/(T\d\d:\d\d)/, "$1:00") : text);
  return { low, high: low + (fraction ? 1 : second === undefined ? 60_000 : 1000), timed: true };
}

// The range of a value of any FHIR date type; a missing bound is open.
export function rangeOf(value) {
  if (typeof value === "string") return range(value);
  const start = value.start && range(value.start);
  const end = value.end && range(value.end);
  return { low: start?.low ?? -Infinity, high: end?.high ?? Infinity, timed: Boolean(start?.timed || end?.timed) };
}

// Whether a value fits a search value such as `gt2024-01-01`. Values without time get a day of grace.
export function fits(value, wanted) {
  const [, prefix = "eq", text] = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)$/.exec(wanted);
  const sought = range(text);
  const held = rangeOf(value);
  const grace = sought.timed && !held.timed ? DAY : 0;
  const low = held.low - grace;
  const high = held.high + grace;
  if (prefix === "gt") return high > sought.high;
  if (prefix === "ge") return high > sought.low;
  if (prefix === "lt") return low < sought.low;
  if (prefix === "le") return low < sought.high;
  return low >= sought.low - grace && high <= sought.high + 2 * grace;
}

const stamp = (milliseconds) => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "+00:00");

// What a search by this value sends: a time as it is, a day as `gt` the day before.
export function sent(value, keepDays) {
  if (typeof value === "string") {
    const { low, timed } = range(value);
    return timed || keepDays ? value : `gt${stamp(low - DAY)}`;
  }
  if (value.start) return `gt${stamp(rangeOf(value).low - DAY)}`;
  return `lt${stamp(rangeOf(value).high + DAY)}`;
}

// The four comparisons around a value: later than the day before, earlier than the day after.
export function around(value, comparators) {
  const { low, high } = rangeOf(value);
  const place = Number.isFinite(low) ? low : high;
  return comparators.map((one) => `${one}${stamp(one.startsWith("g") ? place - DAY : place + DAY)}`);
}
