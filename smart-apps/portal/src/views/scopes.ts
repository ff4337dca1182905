/** What this sign-in was allowed, read off the scopes it was given. */

/** Types a page shows, by how people call them. */
const NAMES: { [type: string]: string } = {
  AllergyIntolerance: 'allergies',
  Appointment: 'appointments',
  ChargeItem: 'what bills are made of',
  Communication: 'messages',
  Condition: 'health problems',
  DiagnosticReport: 'reports',
  DocumentReference: 'notes and documents',
  Encounter: 'visits',
  Immunization: 'vaccines',
  Invoice: 'bills',
  Medication: 'names of medicines',
  MedicationRequest: 'prescriptions',
  Observation: 'results and measurements',
  Task: 'how far the office is with your messages',
};

interface Scope {
  type: string;
  acts: string;
  /** Only a part of the type: `?category=…`. */
  limited: boolean;
}

function scopesOf(granted: string): Scope[] {
  return granted.split(' ').flatMap((text) => {
    const [, type, acts, limit] = /^patient\/([A-Za-z]+|\*)\.([a-z]+|\*)(\?.+)?$/.exec(text) ?? [];
    if (type === undefined || acts === undefined) return [];
    const long: { [word: string]: string } = { read: 'rs', write: 'cud', '*': 'cruds' };
    return [{ type, acts: long[acts] ?? acts, limited: limit !== undefined }];
  });
}

/** Whether resources of a type may be added. */
export function mayAdd(granted: string, type: string): boolean {
  return scopesOf(granted).some((it) => covers(it, type) && it.acts.includes('c'));
}

/** Whether resources of a type may be changed. */
export function mayChange(granted: string, type: string): boolean {
  return scopesOf(granted).some((it) => covers(it, type) && it.acts.includes('u'));
}

/** Of what a page shows, whatever this sign-in may see only in part or not at all, as people call it. */
export function keptBack(granted: string, types: readonly string[]): string[] {
  const scopes = scopesOf(granted);
  const whole = (type: string) =>
    scopes.some((it) => covers(it, type) && !it.limited && it.acts.includes('s'));
  return types.filter((type) => !whole(type)).map((type) => NAMES[type] ?? type);
}

function covers(scope: Scope, type: string): boolean {
  return scope.type === '*' || scope.type === type;
}
