/** An open chart: the token behind it, the record it may read, and the person it belongs to. */

import type Client from 'fhirclient/lib/Client';
import { faultOf } from '@kinchart/shared/fhir/fault';
import type { Record } from '@kinchart/shared/fhir/record';
import { localReference } from '@kinchart/shared/fhir/words';
import type {
  OperationOutcome,
  Patient,
  Reference,
  RelatedPerson,
  Resource,
} from '@kinchart/shared/fhir/types';
import { serverNow } from '@kinchart/shared/session/clock';
import { Connection } from '@kinchart/shared/session/connection';
import { viewerOf, type Viewer } from './viewer';

const FHIR_JSON = 'application/fhir+json';

/** What an operation answers: named values. */
export interface Answer {
  parameter?: { name: string; valueString?: string; valueInstant?: string }[];
}

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

  /** What was allowed at sign-in, less what was taken back since. */
  get granted(): string {
    return String(this.client.getState('tokenResponse.scope') ?? '');
  }

  /** Writes a new resource; whatever was read before is asked for anew. */
  async create<T extends Resource>(resource: T): Promise<T> {
    return this.post<T>(resource.resourceType, resource);
  }

  /** Invokes an operation that takes nothing, such as `Invoice/7/$guest-code`. */
  async operate(path: string): Promise<Answer> {
    return this.post<Answer>(path, { resourceType: 'Parameters' });
  }

  private async post<T>(path: string, resource: Resource): Promise<T> {
    const response = await this.connection.send(`${this.record.base}/${path}`, {
      accept: FHIR_JSON,
      method: 'POST',
      contentType: FHIR_JSON,
      body: JSON.stringify(resource),
    });
    if (!response.ok) throw faultOf(response.status, await reasonOf(response));
    this.record.forget();
    return (await response.json()) as T;
  }

  /** Notes that a message was read, where nobody did before. */
  async noteRead(id: string, at: string): Promise<void> {
    const response = await this.connection.send(`${this.record.base}/Communication/${id}`, {
      accept: FHIR_JSON,
      method: 'PATCH',
      contentType: 'application/json-patch+json',
      body: JSON.stringify([{ op: 'add', path: '/received', value: at }]),
    });
    if (!response.ok) throw faultOf(response.status, await reasonOf(response));
    this.record.forget();
  }

  async end(): Promise<void> {
    await this.connection.end();
  }
}

async function reasonOf(response: Response): Promise<string> {
  const said = (await response.json().catch(() => undefined)) as OperationOutcome | undefined;
  const issue = said?.issue?.[0];
  return issue?.details?.text ?? issue?.diagnostics ?? `The server answered ${response.status}.`;
}
