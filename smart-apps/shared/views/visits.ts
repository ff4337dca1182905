/** Visits with the papers that came out of them. */

import { instant, newestFirst } from '../fhir/dates';
import { conceptText, hasCode, localReference, sentenceCase } from '../fhir/words';
import type { DocumentReference, Encounter } from '../fhir/types';

export interface Visit {
  encounter: Encounter;
  title: string;
  date: string | undefined;
  past: boolean;
  summary: DocumentReference | undefined;
  notes: DocumentReference[];
}

const KINDS: { [code: string]: string } = {
  AMB: 'Office visit',
  EMER: 'Emergency visit',
  IMP: 'Hospital stay',
  ACUTE: 'Hospital stay',
  NONAC: 'Hospital stay',
  OBSENC: 'Hospital observation',
  SS: 'Short stay',
  VR: 'Video visit',
  HH: 'Home visit',
  PRENC: 'Visit before admission',
  FLD: 'Visit in the field',
};

export function visitsOf(
  encounters: Encounter[],
  documents: DocumentReference[],
  now: number,
): Visit[] {
  const papers = papersByVisit(documents);
  const shown = encounters.filter(
    (e) => e.status !== 'entered-in-error' && e.status !== 'cancelled',
  );
  const visits = shown.map((encounter): Visit => {
    const own = papers.get(`Encounter/${encounter.id ?? ''}`) ?? [];
    const date = encounter.period?.start;
    return {
      encounter,
      title: visitTitle(encounter),
      date,
      past: encounter.status === 'finished' || !(instant(date) > now),
      summary: own.find(isVisitSummary),
      notes: own.filter((d) => !isVisitSummary(d)),
    };
  });
  return newestFirst(visits, (visit) => visit.date);
}

export function visitTitle(encounter: Encounter): string {
  const words = conceptText(encounter.type?.[0]) || conceptText(encounter.serviceType);
  if (words) return sentenceCase(words.replace(/\s*\((procedure|environment|finding)\)$/i, ''));
  return KINDS[encounter.class?.code ?? ''] ?? encounter.class?.display ?? 'Visit';
}

/** Only documents with text that can be shown here count: a button must never lead nowhere. */
function papersByVisit(documents: DocumentReference[]): Map<string, DocumentReference[]> {
  const papers = new Map<string, DocumentReference[]>();
  for (const document of newestFirst(documents, (d) => d.date)) {
    if (!isReadable(document)) continue;
    for (const reference of document.context?.encounter ?? []) {
      const key = localReference(reference);
      if (key) papers.set(key, [...(papers.get(key) ?? []), document]);
    }
  }
  return papers;
}

export function isReadable(document: DocumentReference): boolean {
  const current = document.status === undefined || document.status === 'current';
  return current && textOf(document) !== undefined;
}

/** The plain-text form of a document. */
export function textOf(
  document: DocumentReference,
): NonNullable<DocumentReference['content']>[number]['attachment'] | undefined {
  const attachments = (document.content ?? []).map((c) => c.attachment);
  return attachments.find(
    (a) => a.contentType?.startsWith('text/plain') && (a.data !== undefined || a.url !== undefined),
  );
}

export function isVisitSummary(document: DocumentReference): boolean {
  return (
    hasCode(document.type, 'after-visit-summary') ||
    hasCode(document.category, 'after-visit-summary') ||
    /after[- ]visit summary/i.test(conceptText(document.type) || (document.description ?? ''))
  );
}

export function documentTitle(document: DocumentReference): string {
  return isVisitSummary(document)
    ? 'After Visit Summary'
    : sentenceCase(conceptText(document.type) || document.description || 'Note');
}
