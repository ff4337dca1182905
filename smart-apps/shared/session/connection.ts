/** A signed-in line to the record: every request carries the token, and a token found dead is renewed once. */

import type Client from 'fhirclient/lib/Client';
import { Fault } from '../fhir/fault';
import { Record } from '../fhir/record';
import { noteServerTime } from './clock';
import { endSession } from './launch';

/** What to ask; a GET without a body unless said otherwise. */
export interface Ask {
  accept: string;
  method?: 'GET' | 'POST' | 'PATCH';
  contentType?: string;
  body?: string;
}

export class Connection {
  readonly client: Client;
  readonly record: Record;

  constructor(client: Client) {
    this.client = client;
    this.record = new Record(
      client.state.serverUrl,
      (url, accept) => this.send(url, { accept }),
      noteServerTime,
    );
  }

  /** Ends the sign-in, here and at the server. */
  async end(): Promise<void> {
    await endSession(this.client);
  }

  /** One request with the access token, to this server only. */
  async send(url: string, ask: Ask): Promise<Response> {
    if (new URL(url).origin !== new URL(this.client.state.serverUrl).origin)
      throw new Fault('unexpected', 0, 'That address is not part of this server.');
    await this.renew(() => this.client.refreshIfNeeded());
    const used = this.client.getAuthorizationHeader();
    const first = await this.fetchWithToken(url, ask);
    if (first.status !== 401) return first;
    const renewedMeanwhile = this.client.getAuthorizationHeader() !== used;
    if (!renewedMeanwhile) {
      if (!this.client.getState('tokenResponse.refresh_token')) return first;
      await this.renew(() => this.client.refresh());
    }
    return this.fetchWithToken(url, ask);
  }

  private async renew(refresh: () => Promise<unknown>): Promise<void> {
    try {
      await refresh();
    } catch (fault) {
      const status = (fault as { statusCode?: number }).statusCode;
      if (status === undefined) throw new Fault('offline', 0, 'The server could not be reached.');
      if (status >= 500) throw new Fault('unavailable', status, 'The server is busy.');
      throw new Fault('signed-out', status, 'The sign-in is over.');
    }
  }

  private async fetchWithToken(url: string, ask: Ask): Promise<Response> {
    const authorization = this.client.getAuthorizationHeader() ?? '';
    const headers: { [name: string]: string } = { accept: ask.accept, authorization };
    if (ask.contentType !== undefined) headers['content-type'] = ask.contentType;
    try {
      return await fetch(url, {
        method: ask.method ?? 'GET',
        headers,
        cache: 'no-store',
        credentials: 'omit',
        ...(ask.body === undefined ? {} : { body: ask.body }),
      });
    } catch {
      throw new Fault('offline', 0, 'The server could not be reached.');
    }
  }
}
