/** What was typed into the search field, as a search for patients. */

export interface Finding {
  names: string[];
  birthDate?: string;
  identifier?: string;
}

const ISO = /^\d{4}-\d{2}-\d{2}$/;
const US = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/;
/** A medical record number: letters, if any, then at least four digits. */
const NUMBER = /^[A-Za-z]{0,4}-?\d{4,}$/;

/** Reads names, a birth date and a record number in any order. */
export function readFinding(text: string): Finding {
  const finding: Finding = { names: [] };
  for (const word of text.split(/[\s,]+/).filter(Boolean)) {
    const us = US.exec(word);
    if (ISO.test(word)) finding.birthDate = word;
    else if (us) finding.birthDate = isoOf(us[3] ?? '', us[1] ?? '', us[2] ?? '');
    else if (NUMBER.test(word)) finding.identifier = word;
    else finding.names.push(word);
  }
  return finding;
}

function isoOf(year: string, month: string, day: string): string {
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

export function isEmpty(finding: Finding): boolean {
  return finding.names.length === 0 && !finding.birthDate && !finding.identifier;
}

/** The query of a FHIR search, most useful order first. Commas would mean “or”. */
export function queryOf(finding: Finding): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of finding.names) query.append('name', name.replace(/[\\$|]/g, ''));
  if (finding.birthDate) query.set('birthdate', finding.birthDate);
  if (finding.identifier) query.set('identifier', finding.identifier);
  query.set('_sort', 'family');
  query.set('_count', '30');
  return query;
}
