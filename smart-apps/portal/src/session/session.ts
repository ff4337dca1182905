/** An open chart: the token behind it, the record it may read, and the person it belongs to. */

import type Client from 'fhirclient/lib/Client';
import type { Record } from '@kinchart/shared/fhir/record';
import { localReference } from '@kinchart/shared/fhir/words';
import type { Patient, Reference, RelatedPerson } from '@kinchart/shared/fhir/types';
import { serverNow } from '@kinchart/shared/session/clock';
import { Connection } from '@kinchart/shared/session/connection';
import { viewerOf, type Viewer } from './viewer';

export class Session {
  readonly record: Record;
  readonly patientId: string;
  private readonly client: Client;
  private readonly connection: Connection;

  constructor(client: Client) {
    this.client = client;
    this.patientId = client.getState('tokenResponse.patient') as string;
    this.connection = new Connection(client);
    this.record = this.connection.record;
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
    await this.connection.end();
  }
}
