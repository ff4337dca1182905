/** A member of staff at work: the record through their eyes, apps to open, cards, drafts. */

import type Client from 'fhirclient/lib/Client';
import { faultOf } from '@kinchart/shared/fhir/fault';
import { Record } from '@kinchart/shared/fhir/record';
import { localReference } from '@kinchart/shared/fhir/words';
import type { Attachment, Reference, Resource } from '@kinchart/shared/fhir/types';
import { Connection } from '@kinchart/shared/session/connection';
import { hookBody, randomUuid, type Card } from '../views/cards';
import type { Queue } from '../views/work';

/** An app that can be opened from a chart. */
export interface LaunchableApp {
  client: string;
  name: string;
  url: string;
}

/** One parameter of an operation, in or out. */
export interface Parameter {
  name: string;
  valueString?: string;
  valueUrl?: string;
  valueCode?: string;
  valueId?: string;
  valueDate?: string;
  valueDateTime?: string;
  valueInstant?: string;
  valueBoolean?: boolean;
  valueReference?: Reference;
  valueAttachment?: Attachment;
  part?: Parameter[];
}

const FHIR_JSON = 'application/fhir+json';

export class Workspace {
  readonly record: Record;
  /** `Practitioner/priya-patel`; undefined when the sign-in does not say. */
  readonly me: string | undefined;
  private readonly connection: Connection;

  constructor(client: Client) {
    this.connection = new Connection(client);
    this.record = this.connection.record;
    this.me = localReference(client.getFhirUser() ?? undefined);
  }

  async end(): Promise<void> {
    await this.connection.end();
  }

  /** Every app that may be opened from a chart. */
  async apps(): Promise<LaunchableApp[]> {
    const found = await this.record.read<Resource & { parameter?: Parameter[] }>(
      '$launchable-apps',
    );
    return (found.parameter ?? []).flatMap((parameter): LaunchableApp[] => {
      const part = (name: string) => parameter.part?.find((it) => it.name === name);
      const client = part('client')?.valueString;
      const url = part('url')?.valueUrl;
      return client && url ? [{ client, url, name: part('name')?.valueString ?? client }] : [];
    });
  }

  /** The address that opens an app in the context of a patient and maybe a visit. */
  async launch(
    client: string,
    patient: string,
    encounter: string | undefined,
    intent?: string,
  ): Promise<string> {
    const parameter = [
      { name: 'client', valueString: client },
      ...(encounter ? [{ name: 'encounter', valueId: encounter }] : []),
      ...(intent ? [{ name: 'intent', valueString: intent }] : []),
    ];
    const answer = await this.post<{ parameter?: Parameter[] }>(
      `${this.record.base}/Patient/${patient}/$launch`,
      { resourceType: 'Parameters', parameter },
    );
    const url = answer.parameter?.find((it) => it.name === 'url')?.valueUrl;
    if (!url) throw new Error('This app has no address to open it at.');
    return url;
  }

  /** Writes a new resource. */
  async create<T extends Resource>(resource: T): Promise<T> {
    const made = await this.post<T>(`${this.record.base}/${resource.resourceType}`, resource);
    this.record.forget();
    return made;
  }

  /** Makes several changes at once, or none of them. */
  async transact(bundle: object): Promise<void> {
    await this.post(this.record.base, bundle);
    this.record.forget();
  }

  /** Whether one's role includes an operation of the desk, such as `proxy-register`. */
  async may(operation: string): Promise<boolean> {
    const said = await this.atWork();
    return said.some((one) => one.name === 'may' && one.valueCode === operation);
  }

  private async atWork(): Promise<Parameter[]> {
    const found = await this.record.read<Resource & { parameter?: Parameter[] }>('$work-queues');
    return found.parameter ?? [];
  }

  /** One's own queues of work; none for a role that has none. */
  async queues(): Promise<Queue[]> {
    const queues = (await this.atWork()).filter((one) => one.name === 'queue');
    return queues.map((parameter): Queue => {
      const part = (name: string) => parameter.part?.find((it) => it.name === name);
      const decidedBy = part('decided-by')?.valueCode;
      const code = part('code')?.valueCode ?? '';
      return {
        code,
        title: part('title')?.valueString ?? code,
        clock: (part('clock')?.valueCode ?? 'office') as Queue['clock'],
        colleagues: (parameter.part ?? []).flatMap((it) =>
          it.name === 'colleague' && it.valueReference ? [it.valueReference] : [],
        ),
        ...(decidedBy ? { decidedBy } : {}),
      };
    });
  }

  /** Invokes an operation that changes something, such as `Task/17/$claim`. */
  async operate<T = { parameter?: Parameter[] }>(
    path: string,
    parameter: Parameter[] = [],
  ): Promise<T> {
    const given = parameter.length > 0 ? { parameter } : {};
    const answer = await this.post<T>(`${this.record.base}/${path}`, {
      resourceType: 'Parameters',
      ...given,
    });
    this.record.forget();
    return answer;
  }

  /** What an attachment holds, in base64: its own data, or the Binary it names. */
  async contentOf(attachment: Attachment): Promise<string> {
    if (attachment.data) return attachment.data;
    const reference = localReference(attachment.url);
    if (!reference?.startsWith('Binary/')) throw new Error('There is nothing to open.');
    return (await this.record.read<Resource & { data?: string }>(reference)).data ?? '';
  }

  /** The cards of a service. */
  async cards(service: string, context: { patientId: string; appointments?: object }) {
    const body = hookBody(service, randomUuid(), { userId: this.me, ...context });
    const response = await this.connection.send(this.hookAddress(service), {
      method: 'POST',
      accept: 'application/json',
      contentType: 'application/json',
      body,
    });
    if (!response.ok) throw faultOf(response.status, 'Decision support did not answer.');
    return ((await response.json()) as { cards: Card[] }).cards;
  }

  /** Tells a service what became of a card; nobody waits for it. */
  tell(service: string, card: Card, outcome: 'accepted' | 'overridden', suggestion?: string): void {
    if (!card.uuid) return;
    const entry = {
      card: card.uuid,
      outcome,
      ...(suggestion ? { acceptedSuggestions: [{ id: suggestion }] } : {}),
      outcomeTimestamp: new Date().toISOString(),
    };
    this.connection
      .send(`${this.hookAddress(service)}/feedback`, {
        method: 'POST',
        accept: 'application/json',
        contentType: 'application/json',
        body: JSON.stringify({ feedback: [entry] }),
      })
      .catch(() => undefined);
  }

  private hookAddress(service: string): string {
    return new URL(`/cds-services/${service}`, this.record.base).href;
  }

  private async post<T>(url: string, body: object): Promise<T> {
    const response = await this.connection.send(url, {
      method: 'POST',
      accept: FHIR_JSON,
      contentType: FHIR_JSON,
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) {
      const issue = issueIn(text);
      const words = issue?.diagnostics ?? 'It could not be saved.';
      throw faultOf(response.status, words, issue?.expression?.[0]);
    }
    return JSON.parse(text) as T;
  }
}

interface Issue {
  diagnostics?: string;
  expression?: string[];
}

function issueIn(text: string): Issue | undefined {
  try {
    return (JSON.parse(text) as { issue?: Issue[] }).issue?.[0];
  } catch {
    return undefined;
  }
}
