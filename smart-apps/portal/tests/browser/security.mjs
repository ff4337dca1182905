/** Signing in with a second step as a person does: authenticator app, passkey, recovery code, step-up. */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { launch, look, shots, visitor } from '@kinchart/shared/testing/browser';
import { base, manifest, user } from '@kinchart/shared/testing/demo';

const ana = user('ana');
const [clinician, registrar] = ['clinician', 'registration'].map((role) =>
  manifest.users.find((u) => u.role === role),
);

let browser;
before(async () => {
  browser = await launch();
  console.log(`pictures: ${shots}`);
});
after(() => browser.close());

/** What an authenticator app shows for a base32 secret, some steps from now (RFC 6238). */
function code(secret, steps = 0) {
  const bits = [...secret.replaceAll(' ', '')]
    .map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const tag = createHmac('sha1', key).update(counter).digest();
  const number = tag.readUInt32BE(tag[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** A device with a passkey store that always says who is there. */
async function withDevice(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { devtools, authenticatorId };
}

async function withVisitor(options, work) {
  const faults = [];
  const { context, page } = await visitor(browser, { base, faults, ...options });
  try {
    await work(page, faults);
  } finally {
    await context.close();
  }
  assert.deepEqual(faults, []);
}

async function password(page, user, next = '') {
  await page.goto(`${base}/account/sign-in?again=1&next=${encodeURIComponent(next)}`);
  await page.fill('input[name=username]', user.username);
  await page.fill('input[name=password]', user.password);
  await page.locator('form:has(input[name=password]) button').click();
}

async function typeCode(page, text) {
  await page.fill('input[name=code]', text);
  await page.locator('form:has(input[name=code]) button').click();
}

async function secretOf(page) {
  await page.getByText('Or type this instead').click();
  return page.locator('code.secret').innerText();
}

test('a patient adds a passkey, signs in with it alone, and cannot with another', async () => {
  await withVisitor({ size: 'phone' }, async (page, faults) => {
    await withDevice(page);
    await password(page, ana);
    await page.waitForURL(`${base}/account`);
    await page.getByRole('link', { name: 'Security', exact: true }).first().click();
    faults.push(...(await look(page, 'phone-security-none')));
    await page.getByRole('link', { name: 'Add a passkey' }).click();
    faults.push(...(await look(page, 'phone-passkey-new')));
    await page.fill('input[name=label]', 'My phone');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByRole('heading', { name: 'Keep these codes' }).waitFor();
    faults.push(...(await look(page, 'phone-recovery-codes')));
    assert.equal(await page.locator('.codes li').count(), 10);
    await page.getByRole('link', { name: 'Continue' }).click();
    await page.getByText('My phone').waitFor();
    faults.push(...(await look(page, 'phone-security')));

    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('link', { name: 'Sign in with a passkey' }).waitFor();
    faults.push(...(await look(page, 'phone-sign-in')));
    await page.getByRole('link', { name: 'Sign in with a passkey' }).click();
    await page.waitForURL(`${base}/account`);
    // The password alone is not enough any more; the passkey is the second step too.
    await password(page, ana, '/account/family');
    await page.waitForURL(/sign-in\/code/);
    faults.push(...(await look(page, 'phone-second-step')));
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.waitForURL(`${base}/account/family`);
  });
  // Somebody else's device, with nothing of ours on it.
  await withVisitor({ size: 'phone' }, async (page) => {
    const { devtools, authenticatorId } = await withDevice(page);
    await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await page.goto(`${base}/account/sign-in/passkey`);
    await page.locator('[data-passkey-status]', { hasText: 'Nothing happened' }).waitFor();
    await page.goto(`${base}/account`);
    assert.match(page.url(), /sign-in/);
  });
});

test('staff set an authenticator app up at the first sign-in and use it from then on', async () => {
  let secret;
  await withVisitor({}, async (page, faults) => {
    await password(page, clinician);
    await page.waitForURL(/sign-in\/enrol/);
    faults.push(...(await look(page, 'desktop-enrolment')));
    await page.goto(`${base}/account`);
    assert.match(page.url(), /sign-in/, 'nothing opens before');
    await page.goto(`${base}/account/sign-in/enrol`);
    secret = await secretOf(page);
    await typeCode(page, '000000');
    await page.getByRole('alert').waitFor();
    assert.equal(await secretOf(page), secret, 'the code shown stays the same');
    await typeCode(page, code(secret));
    await page.getByRole('heading', { name: 'Keep these codes' }).waitFor();
    faults.push(...(await look(page, 'desktop-recovery-codes')));
    await page.getByRole('link', { name: 'Continue' }).click();
    await page.waitForURL(`${base}/account`);
    await page.goto(`${base}/account/security`);
    faults.push(...(await look(page, 'desktop-security-staff')));
    assert.ok(await page.getByRole('button', { name: 'Remove the authenticator app' }).isDisabled());
  });
  await withVisitor({ colorScheme: 'dark' }, async (page, faults) => {
    await password(page, clinician);
    await page.waitForURL(/sign-in\/code/);
    faults.push(...(await look(page, 'desktop-dark-second-step')));
    await typeCode(page, '000000');
    await page.getByRole('alert').waitFor();
    faults.push(...(await look(page, 'desktop-dark-second-step-failed')));
    await typeCode(page, code(secret, 1));
    await page.waitForURL(`${base}/account`);
    await page.goto(`${base}/account/security/password`);
    faults.push(...(await look(page, 'desktop-dark-password')));
    await page.fill('input[name=password]', 'Password2026!');
    await page.fill('input[name=password_repeat]', 'Password2026!');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByRole('alert').waitFor();
    faults.push(...(await look(page, 'desktop-dark-password-refused')));
  });
});

test('without script everything goes with password and code, and passkeys are not offered', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  try {
    const page = await context.newPage();
    await password(page, registrar, '/account/security');
    await page.waitForURL(/sign-in\/enrol/);
    const secret = await secretOf(page);
    await typeCode(page, code(secret));
    await page.getByRole('link', { name: 'Continue' }).click();
    await page.waitForURL(`${base}/account/security`);
    await page.goto(`${base}/account/security/passkeys/new`);
    await page.getByText('Passkeys need JavaScript').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Add a passkey' }).isVisible(), false);
  } finally {
    await context.close();
  }
});

test('what is dangerous asks who is there once the sign-in is some minutes old', async () => {
  await withVisitor({ size: 'phone' }, async (page, faults) => {
    const proxy = manifest.users.find((u) => u.kind === 'proxy');
    await password(page, proxy);
    await page.waitForURL(`${base}/account`);
    await page.request.put(`${base}/demo/clock`, { data: { advance_seconds: 660 } });
    await page.goto(`${base}/account/security/password`);
    await page.waitForURL(/security\/prove/);
    faults.push(...(await look(page, 'phone-prove')));
    await page.fill('input[name=password]', proxy.password);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(`${base}/account/security/password`);
    faults.push(...(await look(page, 'phone-password')));
    await page.goto(`${base}/account/security/totp`);
    faults.push(...(await look(page, 'phone-totp')));
  });
});

test('pages with a script take it from their own file only', async () => {
  for (const path of ['/account/sign-in', '/account/sign-in/passkey']) {
    const answer = await fetch(`${base}${path}`);
    const policy = answer.headers.get('content-security-policy');
    const script = /script-src ([^;]*)/.exec(policy)?.[1];
    assert.equal(script, path.endsWith('passkey') ? "'self'" : undefined, path);
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*/);
    const html = await answer.text();
    assert.doesNotMatch(html, /<script(?! src="\/account\/assets\/)/);
    assert.doesNotMatch(html, / on[a-z]+=|style=/);
  }
});
