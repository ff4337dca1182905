/** Reads a FHIR server: read, search to the last page, Binary text. Knows nothing of tokens. */

import { Fault, faultOf } from './fault';
import { parseKeepingDigits } from './json';
import type { Binary, Bundle, OperationOutcome, Resource } from './types';

/** Sends one authorized GET; made by the session, which owns the token. */
export type Send = (url: string, accept: string) => Promise<Response>;

const FHIR_JSON = 'application/fhir+json';
const MAX_PAGES = 40;
/** An answer this young is used again when the reader goes back and forth between pages. */
const FRESH_MS = 30_000;

export class Record {
  readonly base: string;
  private readonly send: Send;
  private readonly noteTime: (serverNow: string) => void;
  private readonly answers = new Map<string, { at: number; resources: Promise<Resource[]> }>();

  constructor(base: string, send: Send, noteTime: (serverNow: string) => void = () => {}) {
    this.base = base.replace(/\/$/, '');
    this.send = send;
    this.noteTime = noteTime;
  }

  /** Forgets every answer, so that the next question goes to the server. */
  forget(): void {
    this.answers.clear();
  }

  /** Reads one resource; throws a Fault of kind not-found when hidden or absent. */
  async read<T extends Resource>(reference: string): Promise<T> {
    return this.fetchJson<T>(`${this.base}/${reference}`);
  }

  /** All matches of a search and what it includes, following `next` links. */
  async searchAll(
    type: string,
    query: { [name: string]: string } | URLSearchParams,
  ): Promise<Resource[]> {
    const url = `${this.base}/${type}?${new URLSearchParams(query).toString()}`;
    const known = this.answers.get(url);
    if (known && Date.now() - known.at < FRESH_MS) return known.resources;
    const resources = this.collect(url);
    this.answers.set(url, { at: Date.now(), resources });
    resources.catch(() => this.answers.delete(url));
    return resources;
  }

  /** The matches of a search that are of the asked type. */
  async search<T extends Resource>(
    type: T['resourceType'],
    query: { [name: string]: string },
  ): Promise<T[]> {
    const all = await this.searchAll(type, query);
    return all.filter((resource): resource is T => resource.resourceType === type);
  }

  /** The text of an attachment's address, which must be on this very server. */
  async text(url: string): Promise<string> {
    const absolute = this.own(url);
    const response = await this.ask(absolute, `${FHIR_JSON}, text/plain;q=0.9`);
    const body = await response.text();
    if (!(response.headers.get('content-type') ?? '').includes('json')) return body;
    const binary = parseKeepingDigits<Binary>(body);
    return decodeBase64(binary.data ?? '');
  }

  /** Whether a search finds anything this reader may see. */
  async finds(type: string, query: { [name: string]: string }): Promise<boolean> {
    const search = new URLSearchParams({ ...query, _summary: 'count' }).toString();
    const bundle = await this.fetchJson<Bundle>(`${this.base}/${type}?${search}`);
    return Number(bundle.total ?? '0') > 0;
  }

  /** Learns the server's time from a Bundle of nothing but a count, of a type everybody may search. */
  async askTime(): Promise<void> {
    const bundle = await this.fetchJson<Bundle>(`${this.base}/Organization?_summary=count`);
    if (bundle.meta?.lastUpdated) this.noteTime(bundle.meta.lastUpdated);
  }

  private async collect(first: string): Promise<Resource[]> {
    const found: Resource[] = [];
    const seen = new Set<string>();
    let url: string | undefined = first;
    for (let page = 0; url !== undefined && page < MAX_PAGES; page += 1) {
      const bundle: Bundle = await this.fetchJson<Bundle>(url);
      if (page === 0 && bundle.meta?.lastUpdated) this.noteTime(bundle.meta.lastUpdated);
      for (const entry of bundle.entry ?? []) {
        const resource = entry.resource;
        if (!resource || entry.search?.mode === 'outcome') continue;
        const key = `${resource.resourceType}/${resource.id ?? ''}`;
        if (!seen.has(key)) found.push(resource);
        seen.add(key);
      }
      const next: string | undefined = bundle.link?.find((link) => link.relation === 'next')?.url;
      url = next === undefined ? undefined : this.own(next);
    }
    return found;
  }

  private async fetchJson<T>(url: string): Promise<T> {
    const response = await this.ask(url, FHIR_JSON);
    return parseKeepingDigits<T>(await response.text());
  }

  private async ask(url: string, accept: string): Promise<Response> {
    const response = await this.send(url, accept);
    if (response.ok) return response;
    const body = await response.text().catch(() => '');
    throw faultOf(response.status, reasonIn(body) ?? `The server answered ${response.status}.`);
  }

  /** The token must never travel to another server: other addresses are refused. */
  private own(url: string): string {
    const base = new URL(`${this.base}/`);
    const absolute = new URL(url, base);
    if (absolute.origin !== base.origin || !absolute.pathname.startsWith(base.pathname)) {
      throw new Fault('unexpected', 0, 'That address is not part of this record.');
    }
    return absolute.href;
  }
}

export function decodeBase64(data: string): string {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

function reasonIn(body: string): string | undefined {
  try {
    const issue = (JSON.parse(body) as OperationOutcome).issue?.[0];
    return issue?.details?.text ?? issue?.diagnostics;
  } catch {
    return undefined;
  }
}
