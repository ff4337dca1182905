/** An open chart: the token behind it, the record it may read, and the person it belongs to. */

import type Client from 'fhirclient/lib/Client';
import { Fault } from '@kinchart/shared/fhir/fault';
import { Record } from '@kinchart/shared/fhir/record';
import { localReference } from '@kinchart/shared/fhir/words';
import type { Patient, Reference, RelatedPerson } from '@kinchart/shared/fhir/types';
import { noteServerTime, serverNow } from '@kinchart/shared/session/clock';
import { endSession } from './launch';
import { viewerOf, type Viewer } from './viewer';

export class Session {
  readonly record: Record;
  readonly patientId: string;
  private readonly client: Client;

  constructor(client: Client) {
    this.client = client;
    this.patientId = client.getState('tokenResponse.patient') as string;
    this.record = new Record(
      client.state.serverUrl,
      (url, accept) => this.send(url, accept),
      noteServerTime,
    );
  }

  /** Asks afresh who this is, whose chart it is, and what that allows now. */
  async viewer(): Promise<Viewer> {
    const [patient, proxy] = await Promise.all([
      this.record.read<Patient>(`Patient/${this.patientId}`),
      this.proxy(),
      // Without it, the time last known has to do.
      this.record.askTime().catch(() => undefined),
    ]);
    const viewer = viewerOf(patient, proxy, serverNow());
    return viewer.reach === 'full' ? viewer : { ...viewer, stillSees: await this.stillSees() };
  }

  /**
   * The relationship this sign-in acts under, if it is not the patient's own. Someone may have kept
   * back who they are (`fhirUser`); the launch context still names the relationship.
   */
  private async proxy(): Promise<RelatedPerson | undefined> {
    const context = this.client.getState('tokenResponse.fhirContext') as Reference[] | undefined;
    const named = [{ reference: this.client.getFhirUser() ?? '' }, ...(context ?? [])];
    const references = named.map(localReference).filter((r) => r !== undefined);
    const acting = references.find((r) => r.startsWith('RelatedPerson/'));
    if (acting) return this.record.read<RelatedPerson>(acting);
    const someoneElse = references.some(
      (r) => /^(Patient|Person)\//.test(r) && r !== `Patient/${this.patientId}`,
    );
    return someoneElse ? { resourceType: 'RelatedPerson' } : undefined;
  }

  /** Some organizations let parents of teenagers see a little more: whatever of it there is. */
  private async stillSees(): Promise<Viewer['stillSees']> {
    const query = { patient: this.patientId };
    const [vaccines, appointments] = await Promise.all([
      this.record.finds('Immunization', query).catch(() => false),
      this.record.finds('Appointment', query).catch(() => false),
    ]);
    return [
      ...(vaccines ? (['immunizations'] as const) : []),
      ...(appointments ? (['appointments'] as const) : []),
    ];
  }

  async end(): Promise<void> {
    await endSession(this.client);
  }

  /** One request with the access token; a token found dead is renewed once. */
  private async send(url: string, accept: string): Promise<Response> {
    await this.renew(() => this.client.refreshIfNeeded());
    const used = this.client.getAuthorizationHeader();
    const first = await this.fetchWithToken(url, accept);
    if (first.status !== 401) return first;
    const renewedMeanwhile = this.client.getAuthorizationHeader() !== used;
    if (!renewedMeanwhile) {
      if (!this.client.getState('tokenResponse.refresh_token')) return first;
      await this.renew(() => this.client.refresh());
    }
    return this.fetchWithToken(url, accept);
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

  private async fetchWithToken(url: string, accept: string): Promise<Response> {
    const authorization = this.client.getAuthorizationHeader() ?? '';
    try {
      return await fetch(url, {
        headers: { accept, authorization },
        cache: 'no-store',
        credentials: 'omit',
      });
    } catch {
      throw new Fault('offline', 0, 'The server could not be reached.');
    }
  }
}
