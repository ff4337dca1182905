/** Reads JSON without losing digits: every number arrives as the text that was sent. */

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Parses a FHIR answer. Numbers become strings, so that `7.20` is shown as 7.20 and never as 7.2. */
export function parseKeepingDigits<T>(text: string): T {
  return JSON.parse(quoteNumbers(text)) as T;
}

/** Puts quotation marks around each number that stands outside a string. */
export function quoteNumbers(text: string): string {
  let out = '';
  let from = 0;
  let at = 0;
  while (at < text.length) {
    const c = text.charCodeAt(at);
    if (c === 0x22) {
      at = endOfString(text, at);
    } else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
      NUMBER.lastIndex = at;
      const found = NUMBER.exec(text)?.[0];
      if (found === undefined) return text;
      out += `${text.slice(from, at)}"${found}"`;
      at += found.length;
      from = at;
    } else {
      at += 1;
    }
  }
  return out + text.slice(from);
}

/** The place just after the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let close = text.indexOf('"', start + 1);
  while (close !== -1) {
    let slashes = 0;
    while (text.charCodeAt(close - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return close + 1;
    close = text.indexOf('"', close + 1);
  }
  return text.length;
}
