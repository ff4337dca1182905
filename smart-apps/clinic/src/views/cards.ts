/** Cards of decision support (CDS Hooks 2.0), as far as the workspace shows them. */

export interface CardLink {
  label: string;
  url: string;
  type: 'absolute' | 'smart';
}
export interface Suggestion {
  label: string;
  uuid?: string;
  actions?: { type: string; description?: string; resource?: { resourceType: string } }[];
}
export interface Card {
  uuid?: string;
  summary: string;
  detail?: string;
  indicator: 'info' | 'warning' | 'critical';
  source: { label: string; url?: string };
  suggestions?: Suggestion[];
  links?: CardLink[];
}

export const indicatorWords: { readonly [indicator in Card['indicator']]: string } = {
  info: 'Note',
  warning: 'Attention',
  critical: 'Stop',
};

/** A stretch of text, strong or not. */
export interface Stretch {
  text: string;
  strong: boolean;
}
export type Block = { kind: 'text'; line: Stretch[] } | { kind: 'list'; items: Stretch[][] };

/** The markdown our cards use: paragraphs, lists with `-`, and `**strong**`. Anything else stays text. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  for (const line of markdown.split('\n')) {
    const text = line.trim();
    if (text === '') continue;
    if (!text.startsWith('- ')) {
      blocks.push({ kind: 'text', line: stretches(text) });
      continue;
    }
    const last = blocks[blocks.length - 1];
    const item = stretches(text.slice(2));
    if (last?.kind === 'list') last.items.push(item);
    else blocks.push({ kind: 'list', items: [item] });
  }
  return blocks;
}

function stretches(text: string): Stretch[] {
  return text
    .split('**')
    .map((part, at) => ({ text: part, strong: at % 2 === 1 }))
    .filter((part) => part.text !== '');
}

/** Only the web: a card must not make this page run anything. */
export function isWebAddress(url: string): boolean {
  return URL.canParse(url) && ['https:', 'http:'].includes(new URL(url).protocol);
}

/** The body of a call of a service. */
export function hookBody(hook: string, instance: string, context: object): string {
  return JSON.stringify({ hook, hookInstance: instance, context });
}

/** A random UUID, also where the page is not served over HTTPS. */
export function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
