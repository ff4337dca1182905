import { describe, expect, it } from 'vitest';
import { keptBack, mayAdd, mayChange } from './scopes';

describe('what a sign-in was allowed', () => {
  it('may add where a scope of that type lets it create', () => {
    expect(mayAdd('openid patient/*.rs patient/Communication.c', 'Communication')).toBe(true);
    expect(mayAdd('patient/*.cruds', 'Communication')).toBe(true);
    expect(mayAdd('patient/*.write', 'Communication')).toBe(true);
    expect(mayAdd('patient/*.rs patient/Observation.c', 'Communication')).toBe(false);
    expect(mayAdd('user/Communication.c', 'Communication')).toBe(false);
  });
  it('may change where a scope of that type lets it update', () => {
    expect(mayChange('patient/Communication.cu', 'Communication')).toBe(true);
    expect(mayChange('patient/*.rs patient/Communication.c', 'Communication')).toBe(false);
  });
  it('keeps nothing back under the whole type', () => {
    expect(keptBack('patient/*.rs', ['Observation', 'Encounter'])).toEqual([]);
    expect(keptBack('patient/Observation.read', ['Observation'])).toEqual([]);
  });
  it('names what is limited to a part, or missing', () => {
    const part = 'patient/Observation.rs?category=laboratory patient/Encounter.rs';
    expect(keptBack(part, ['Observation', 'Encounter', 'DocumentReference'])).toEqual([
      'results and measurements',
      'notes and documents',
    ]);
  });
  it('needs to search, not only to read', () => {
    expect(keptBack('patient/Encounter.r', ['Encounter'])).toEqual(['visits']);
  });
});
