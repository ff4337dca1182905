/** The work of the staff, on a running demonstration server: each role's queues, decisions, two at once, emergencies. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { look } from '@kinchart/shared/testing/browser';
import { base, close, faults, manifest, open, openChart, settled, signedIn, staff } from './desk.mjs';

const pediatrician = manifest.users.find((user) => user.key === 'clinician-2');

before(open);
after(close);

async function openWork(page, queue = '') {
  await page.getByRole('searchbox').waitFor();
  await page.goto(`${base}/apps/clinic/#/work${queue ? `/${queue}` : ''}`);
  await page.getByRole('heading', { level: 1, name: 'Work' }).waitFor();
  await settled(page);
}

/** Opens the first piece of work whose row holds these words. */
async function openTask(page, words) {
  await page.locator('.table-work tr', { hasText: words }).locator('th a').first().click();
  await page.locator('.task h1').waitFor();
  await settled(page);
}

const QUEUES = {
  him: ['Proxy requests', 'Identity checks', 'Restrictions asked for'],
  privacy: ['Privacy reviews', 'Security incidents'],
  support: ['Support tickets', 'Messages'],
  clinician: ['Messages', 'Results to talk about'],
  registration: ['Codes given out', 'Identity checks'],
  billing: ['Payments', 'Messages'],
};

for (const [role, queues] of Object.entries(QUEUES)) {
  test(`${role} finds the queues of the role, and no other`, async () => {
    const { context, page } = await signedIn(staff(role));
    await openWork(page);
    const shown = await page.locator('.queues a').allTextContents();
    for (const queue of queues)
      assert.ok(shown.some((text) => text.startsWith(queue)), `${queue} in ${shown.join()}`);
    for (const other of Object.values(QUEUES).flat().filter((one) => !queues.includes(one)))
      if (!['Codes given out', 'Identity checks', 'Restrictions asked for'].includes(other))
        assert.ok(!shown.some((text) => text.startsWith(other)), `${other} in ${shown.join()}`);
    assert.deepEqual(await look(page, `desktop-work-${role}`), []);
    await context.close();
  });
}

test('overdue work comes first, and says how late it is, on a phone too', async () => {
  const { context, page } = await signedIn(staff('privacy'), { size: 'phone' });
  await openWork(page);
  const first = page.locator('.worklists section').first();
  assert.match(await first.locator('h2').innerText(), /^Overdue/);
  assert.match(await first.locator('.due').first().innerText(), /late$/);
  assert.deepEqual(await look(page, 'phone-work'), []);
  await openTask(page, 'Privacy review');
  assert.deepEqual(await look(page, 'phone-task'), []);
  await context.close();
});

test('of two who take a piece of work on one is told who has it', async () => {
  const petra = await signedIn(staff('privacy'));
  const hugo = await signedIn(staff('him'));
  for (const { page } of [petra, hugo]) {
    await openWork(page, 'restriction-request');
    await openTask(page, 'Restriction requested');
  }
  await petra.page.getByRole('button', { name: 'Take it on' }).click();
  await petra.page.getByText('It is yours now.').waitFor();
  await hugo.page.getByRole('button', { name: 'Take it on' }).click();
  const told = hugo.page.getByRole('alert');
  await told.waitFor();
  assert.match(await told.innerText(), /^Petra Voss, CHPC has this already/);
  await settled(hugo.page);
  assert.deepEqual(await look(hugo.page, 'desktop-two-at-once'), []);
  await hugo.page.getByText('To decide it yourself, give it to yourself first.').waitFor();
  await petra.page.getByLabel('What the person is told').fill('We will not send that bill to your insurer.');
  assert.deepEqual(await look(petra.page, 'desktop-task-restriction'), []);
  await petra.page.getByRole('button', { name: 'Done', exact: true }).click();
  await petra.page.getByText('This is over').waitFor();
  await petra.context.close();
  await hugo.context.close();
});

test('a message is taken on, asked about and answered', async () => {
  const agent = manifest.users.find((user) => user.key === 'pool-agent');
  const { context, page } = await signedIn(agent);
  await openWork(page, 'message-handling');
  await openTask(page, 'Message handling');
  await page.locator('.thread li').first().waitFor();
  await page.getByLabel('Your answer').fill('Which pharmacy should it go to?');
  await page.getByRole('button', { name: 'Ask this and wait' }).click();
  await page.getByText('The clock stands still until they answer.').waitFor();
  await settled(page);
  assert.match(await page.locator('.task-facts').innerText(), /stopped/);
  assert.deepEqual(await look(page, 'desktop-task-message'), []);
  await page.getByRole('button', { name: 'Go on without an answer' }).click();
  await page.getByText('The clock runs again.').waitFor();
  await page.getByLabel('Your answer').fill('It is ready for you.');
  await page.getByRole('button', { name: 'Send and close' }).click();
  await page.getByText('This is over').waitFor();
  await page.locator('.thread', { hasText: 'It is ready for you.' }).waitFor();
  await context.close();
});

test('a request to act for somebody is decided on what was seen', async () => {
  const { context, page } = await signedIn(staff('him'));
  await openWork(page, 'proxy-request');
  assert.deepEqual(await look(page, 'desktop-work-proxies'), []);
  await openTask(page, 'Waiting for evidence');
  await page.getByRole('heading', { name: 'Who asks to act for the patient' }).waitFor();
  await settled(page);
  assert.deepEqual(await look(page, 'desktop-task-proxy'), []);
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('What was seen').fill('Birth certificate, at the desk');
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('Approved. Both sides are told.').waitFor();
  await context.close();
});

test('who somebody is is looked up and not confirmed in doubt', async () => {
  const { context, page } = await signedIn(staff('registration'));
  await openWork(page, 'identity-review');
  await openTask(page, 'Kowalski');
  await settled(page);
  assert.deepEqual(await look(page, 'desktop-task-identity'), []);
  await page.getByRole('button', { name: 'Cannot be confirmed' }).click();
  await page.getByText('Not confirmed. Nothing was sent.').waitFor();
  await context.close();
});

test('a clinician opens a chart in an emergency, sees how long it lasts, and ends it', async () => {
  const { context, page } = await signedIn(staff('clinician'));
  const mother = manifest.users.find((user) => user.proxies.some((proxy) => proxy.age < 13));
  const child = mother.proxies.find((proxy) => proxy.relationship === 'parent' && proxy.age < 13);
  await openChart(page, child.patient);
  await page.getByRole('button', { name: 'Open it in an emergency…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Covering for a colleague').check();
  await dialog.getByLabel('What it is for').fill('Covering the clinic this afternoon');
  assert.deepEqual(await look(page, 'desktop-emergency-dialog'), []);
  await dialog.getByRole('button', { name: 'Open the chart' }).click();
  await page.locator('.emergency', { hasText: 'minutes left' }).waitFor();
  await page.locator('.panel-problems').waitFor();
  await settled(page);
  assert.deepEqual(await look(page, 'desktop-emergency'), []);
  await page.getByRole('button', { name: 'End now' }).click();
  await page.getByText('Nothing clinical is open to you here.').waitFor();
  await context.close();
});

test('the desk gives a code once somebody was asked who they are', async () => {
  const { context, page } = await signedIn(staff('registration'), { size: 'phone' });
  const code = manifest.activation_codes[0];
  await openChart(page, code.patient);
  await page.getByRole('button', { name: 'Open an account' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What was shown').selectOption('passport');
  assert.deepEqual(await look(page, 'phone-desk'), []);
  await dialog.getByRole('button', { name: 'Give a code' }).click();
  await dialog.locator('.activation-code').waitFor();
  await dialog.getByAltText('QR code of the address and the code').waitFor();
  assert.deepEqual(await look(page, 'phone-desk-code'), []);
  await context.close();
});

for (const [role, size, decides] of [
  ['registration', 'phone', false],
  ['him', 'desktop', true],
])
  test(`${role} writes down who asks at the desk to act for a child`, async () => {
    const { context, page } = await signedIn(staff(role), { size });
    const mother = manifest.users.find((user) => user.proxies.some((proxy) => proxy.age < 13));
    const child = mother.proxies.find((proxy) => proxy.relationship === 'parent' && proxy.age < 13);
    await openChart(page, child.patient);
    await page.getByRole('button', { name: 'Somebody to act for them' }).click();
    const dialog = page.getByRole('dialog');
    assert.deepEqual(await look(page, `${size}-register`), []);
    await dialog.getByLabel('First name').fill('Grace');
    await dialog.getByLabel('Last name').fill('Lee');
    await dialog.getByLabel('Date of birth').fill('2015-03-01');
    await dialog.getByLabel('E-mail').fill('grace@mail.example');
    await dialog.getByLabel('What was shown').selectOption('passport');
    await dialog.getByLabel('What they are to the patient').selectOption('Guardian of a minor');
    await dialog.getByLabel('To look, but to change nothing').check();
    await dialog.getByLabel('Papers').setInputFiles({
      name: 'order.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from('%PDF-1.7 guardianship'),
    });
    await dialog.getByLabel('For whoever decides').fill('The court appointed her in May.');
    const write = dialog.getByRole('button', { name: 'Write it down' });
    await write.click();
    // Too young: told where it was typed, and that is where one goes on.
    const born = dialog.getByLabel('Date of birth');
    await dialog.getByText('Only somebody of 18 or older can act for somebody else.').waitFor();
    assert.equal(await born.getAttribute('aria-invalid'), 'true');
    assert.ok(await born.evaluate((field) => field === field.ownerDocument.activeElement));
    assert.deepEqual(await look(page, `${size}-register-wrong`), []);
    await born.fill('1980-03-01');
    await write.click();
    await dialog.getByText(/^Written down\./).waitFor();
    assert.deepEqual(await look(page, `${size}-register-done`), []);
    assert.equal(await dialog.getByRole('link', { name: 'Decide it now' }).count(), decides ? 1 : 0);
    if (decides) {
      await dialog.getByRole('link', { name: 'Decide it now' }).click();
      await page.getByRole('heading', { name: 'Decide' }).waitFor();
      await settled(page);
      assert.ok(await page.getByLabel('To look, but to change nothing').isDisabled());
      assert.deepEqual(await look(page, `${size}-register-decide`), []);
    }
    await context.close();
  });

test('a role that does not register has no such form', async () => {
  const { context, page } = await signedIn(staff('billing'));
  await openChart(page, manifest.activation_codes[0].patient);
  await page.getByRole('button', { name: 'Open an account' }).waitFor();
  await page.waitForLoadState('networkidle');
  assert.equal(await page.getByRole('button', { name: 'Somebody to act for them' }).count(), 0);
  await context.close();
});

test('before a visit is signed it is seen what a parent will see, and a report is held and let go', async () => {
  const { context, page } = await signedIn(pediatrician);
  const mother = manifest.users.find((user) => user.proxies.some((proxy) => proxy.age < 13));
  const child = mother.proxies.find((proxy) => proxy.relationship === 'parent' && proxy.age < 13);
  await openChart(page, child.patient);
  await page.getByRole('button', { name: /^What a parent sees/ }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('row', { name: /The visit/ }).waitFor();
  await settled(page);
  assert.deepEqual(await look(page, 'desktop-preview'), []);
  await dialog.getByRole('button', { name: 'Close' }).click();
  const result = page.locator('.result').first();
  if ((await result.getAttribute('open')) === null) await result.locator('summary').click();
  await result.getByRole('button', { name: /^Hold back/ }).click();
  await dialog.getByLabel('A parent’s seeing it would do substantial harm').check();
  const soon = new Date(Date.parse(manifest.now) + 3 * 86_400_000).toISOString().slice(0, 10);
  await dialog.getByLabel('Until').fill(soon);
  await dialog.getByLabel('What you believe, and why').fill('She told me about threats at home.');
  assert.deepEqual(await look(page, 'desktop-hold'), []);
  await dialog.getByRole('button', { name: 'Hold it back' }).click();
  await page.getByText(/^Held until/).first().waitFor();
  const held = page.locator('.result', { hasText: 'Held until' }).first();
  if ((await held.getAttribute('open')) === null) await held.locator('summary').click();
  await held.getByRole('button', { name: /^Release now/ }).click();
  await page.getByText(/^Held until/).first().waitFor({ state: 'detached' });
  await context.close();
});

test('no page broke, and nothing was asked of anybody else', () => {
  assert.deepEqual(faults, []);
});
