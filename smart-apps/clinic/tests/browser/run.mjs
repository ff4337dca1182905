/** A member of staff at work, on a running demonstration server. See README.md for what it needs. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { look } from '@kinchart/shared/testing/browser';
import {
  arrive,
  base,
  close,
  faults,
  manifest,
  open,
  openChart,
  settled,
  signedIn,
  staff,
  through,
} from './desk.mjs';

/** On the care teams of children. */
const pediatrician = manifest.users.find((user) => user.key === 'clinician-2');
const mother = manifest.users.find((user) => user.proxies.some((proxy) => proxy.age < 13));
const child = mother.proxies.find((proxy) => proxy.relationship === 'parent' && proxy.age < 13);

before(open);
after(close);

test('a clinician finds a child by name and opens a growth chart in its context', async () => {
  const { context, page } = await signedIn(pediatrician);
  await settled(page);
  assert.deepEqual(await look(page, 'desktop-find'), []);
  const surname = mother.display.split(' ').pop();
  await page.getByRole('searchbox').fill(surname);
  await page.keyboard.press('Enter');
  const first = page.locator(`a[href="#/patient/${child.patient}"]`);
  await first.waitFor();
  await settled(page);
  assert.deepEqual(await look(page, 'desktop-found'), []);
  await first.click();
  await page.locator('.banner h1').waitFor();
  await settled(page);
  const name = await page.locator('.banner h1').innerText();
  assert.ok(name.endsWith(surname), name);
  assert.deepEqual(await look(page, 'desktop-chart'), []);
  const opened = context.waitForEvent('page');
  await page.getByRole('button', { name: /Growth Charts \(sample\)/ }).click();
  const app = await opened;
  await through(app, '/apps/growth/');
  await app.getByRole('heading', { level: 1, name: `Growth of ${name}` }).waitFor();
  await app.locator('svg[role=img]').first().waitFor();
  assert.match(await app.locator('.latest').first().innerText(), /percentile/);
  assert.deepEqual(await look(app, 'desktop-growth'), []);
  assert.equal(new URL(app.url()).search, '', 'nothing of the launch stays in the address');
  await context.close();
});

test('the chart of a child near 13 tells what the birthday changes', async () => {
  const turning = manifest.users
    .flatMap((user) => user.proxies)
    .find((proxy) => proxy.relationship === 'parent' && proxy.age === 12);
  const { context, page } = await signedIn(pediatrician, { size: 'phone' });
  await openChart(page, turning.patient);
  const card = page.locator('.cds', { hasText: 'turns 13' });
  await card.waitFor();
  assert.match(await card.innerText(), /family access changes/);
  assert.deepEqual(await look(page, 'phone-chart'), []);
  await card.getByRole('button', { name: /Not now/ }).click();
  await card.waitFor({ state: 'detached' });
  await page.goto(`${base}/apps/clinic/#/`);
  await page.getByRole('searchbox').waitFor();
  await settled(page);
  assert.deepEqual(await look(page, 'phone-find'), []);
  await context.close();
});

test('a drafted order is written at a click and not suggested again', async () => {
  const { context, page } = await signedIn(staff('clinician'));
  await openChart(page, mother.patient);
  const draft = page.getByRole('button', { name: /^Draft an order/ }).first();
  const label = await draft.innerText();
  await draft.click();
  await page.getByText(`Done: ${label}`).waitFor();
  await page.reload();
  await page.locator('.banner h1').waitFor();
  await settled(page);
  assert.equal(await page.getByRole('button', { name: label, exact: true }).count(), 0);
  await context.close();
});

test('an appointment is booked, and the same time again is warned of', async () => {
  const { context, page } = await signedIn(staff('registration'));
  await openChart(page, mother.patient);
  const book = () => page.getByRole('button', { name: 'Book an appointment' }).click();
  await book();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('When').waitFor();
  await settled(page);
  const clinicians = await dialog.getByLabel('With').locator('option').allInnerTexts();
  assert.ok(clinicians.length >= 2, clinicians.join());
  await dialog.getByLabel('With').selectOption(clinicians[0]);
  const slot = (await dialog.getByLabel('When').locator('option').first().innerText()).trim();
  await dialog.getByLabel('Reason').fill('Knee pain');
  await settled(page);
  assert.deepEqual(await look(page, 'desktop-booking'), []);
  await dialog.getByRole('button', { name: 'Book', exact: true }).click();
  await dialog.getByText(/^Booked:/).waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.locator('.panel-appointments', { hasText: 'Knee pain' }).waitFor();
  await book();
  await dialog.getByLabel('With').selectOption(clinicians[1]);
  const same = dialog.getByLabel('When').locator('option', { hasText: slot });
  if ((await same.count()) > 0) {
    await dialog.getByLabel('When').selectOption({ label: slot });
    await dialog.locator('.cds-summary', { hasText: 'already has an appointment then' }).waitFor();
    assert.deepEqual(await look(page, 'desktop-double-booking'), []);
  } else {
    // The other clinician has no slot at that time: then the one just taken is gone.
    await dialog.getByLabel('With').selectOption(clinicians[0]);
    const left = await dialog.getByLabel('When').locator('option').allInnerTexts();
    assert.ok(!left.map((text) => text.trim()).includes(slot));
  }
  await context.close();
});

test('a role sees what it includes, and is told what it does not', async () => {
  const { context, page } = await signedIn(staff('billing'));
  await openChart(page, mother.patient);
  await page.locator('.panel-labs', { hasText: 'Your role does not include' }).waitFor();
  assert.deepEqual(await look(page, 'desktop-billing'), []);
  await context.close();
});

test('a clinician who is not on the care team is told so, and sees nothing clinical', async () => {
  const { context, page } = await signedIn(staff('clinician'));
  await openChart(page, child.patient);
  await page.getByText('Nothing clinical is open to you here.').waitFor();
  assert.equal(await page.locator('.panel-labs').count(), 0);
  assert.equal(await page.locator('.cds', { hasText: 'overdue' }).count(), 0);
  assert.deepEqual(await look(page, 'desktop-closed'), []);
  await context.close();
});

test('somebody who is not staff is led to the portal, and who signs out is out', async () => {
  const { context, page } = await arrive({ size: 'phone' });
  await page.goto(`${base}/apps/clinic/`);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  assert.deepEqual(await look(page, 'phone-welcome'), []);
  await context.close();
  const working = await signedIn(staff('clinician'));
  await settled(working.page);
  await working.page.getByRole('button', { name: 'Sign out' }).click();
  await working.page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await working.page.goto(`${base}/apps/clinic/#/patient/${mother.patient}`);
  await working.page.getByRole('button', { name: 'Sign in' }).waitFor();
  await working.context.close();
});

test('the growth app says how it is opened when nobody opened it', async () => {
  const { context, page } = await arrive();
  await page.goto(`${base}/apps/growth/`);
  await page.getByRole('heading', { name: 'Open me from a chart' }).waitFor();
  assert.deepEqual(await look(page, 'desktop-growth-alone'), []);
  await context.close();
});

test('no page broke, and nothing was asked of anybody else', () => {
  assert.deepEqual(faults, []);
});
