/** What can go wrong when the record is asked for, in the reader's terms. */

export type FaultKind =
  /** The sign-in is over: expired, or revoked somewhere else. */
  | 'signed-out'
  /** This app was not given permission for this kind of record. */
  | 'not-permitted'
  /** Not there, or not for this reader: the server does not say which. */
  | 'not-found'
  /** The server could not be reached. */
  | 'offline'
  /** The server is busy or down for maintenance. */
  | 'unavailable'
  | 'unexpected';

export class Fault extends Error {
  readonly kind: FaultKind;
  readonly status: number;
  /** What the server finds fault with, by the name it gives it. */
  readonly element: string | undefined;

  constructor(kind: FaultKind, status: number, message: string, element?: string) {
    super(message);
    this.element = element;
    this.name = 'Fault';
    this.kind = kind;
    this.status = status;
  }
}

export function faultOf(status: number, message: string, element?: string): Fault {
  if (status === 401) return new Fault('signed-out', status, message);
  if (status === 403) return new Fault('not-permitted', status, message);
  if (status === 404 || status === 410) return new Fault('not-found', status, message);
  if (status === 429 || status === 503) return new Fault('unavailable', status, message);
  return new Fault('unexpected', status, message, element);
}
