import { describe, expect, it } from 'vitest';
import { mailTrouble } from './mail';

function settings(notify: boolean, address: string) {
  return mailTrouble({
    resourceType: 'Parameters',
    parameter: [
      { name: 'notify', valueBoolean: notify },
      { name: 'address', valueCode: address },
      { name: 'settings', valueUrl: 'https://here/account/notices' },
    ],
  });
}

describe('mail that is wanted and does not arrive', () => {
  it('is told, with the page that mends it', () => {
    expect(settings(true, 'unproven')?.what).toContain('not confirmed');
    expect(settings(true, 'none')?.page).toBe('https://here/account/notices');
  });
  it('came back: told even to who wants no news', () => {
    expect(settings(false, 'bounced')?.what).toContain('came back');
  });
  it('was shared with somebody who acts for the reader: told even to who wants no news', () => {
    expect(settings(false, 'shared')?.what).toContain('acts for you');
  });
  it('is no trouble where it arrives or is not wanted', () => {
    expect(settings(true, 'good')).toBeUndefined();
    expect(settings(false, 'unproven')).toBeUndefined();
    expect(mailTrouble({ resourceType: 'Parameters' })).toBeUndefined();
  });
});
