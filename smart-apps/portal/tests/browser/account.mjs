/** The server's own pages about connected apps, looked at as a person sees them, in both sizes and both schemes. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, look, visitor } from '@kinchart/shared/testing/browser';
import { base, client, launching, signIn, user } from '@kinchart/shared/testing/demo';
import { chooseChart } from './sign_in.mjs';

const ana = user('ana');
const app = client('public-app');
const [callback] = app.redirect_uris;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Connects the app as its users do, and takes its token. */
async function connect(page) {
  const scope = 'launch/patient offline_access patient/Patient.rs patient/Observation.rs patient/Communication.crs';
  const start = launching(app, scope);
  await page.route(`${callback}**`, (route) => route.fulfill({ body: 'back' }));
  await page.goto(start.address);
  await signIn(page, ana);
  await page.locator(`input[name=patient][value="${ana.patient}"]`).check();
  await page.locator('button[name=decision][value=approve]').click();
  await page.waitForURL(`${callback}**`);
  await start.exchange(new URL(page.url()).searchParams.get('code'));
}

test('who has signed in opens the record with one button', async () => {
  const faults = [];
  const { context, page } = await visitor(browser, { size: 'phone', base, faults });
  await page.goto(`${base}/account`);
  await signIn(page, ana);
  await page.getByRole('link', { name: 'Open the record' }).click();
  await chooseChart(page, ana.patient);
  assert.equal(new URL(page.url()).search, '', 'nothing of how it began stays in the address');
  await context.close();
  assert.deepEqual(faults, []);
});

for (const [size, colorScheme] of [
  ['phone', 'light'],
  ['desktop', 'light'],
  ['desktop', 'dark'],
]) {
  test(`connected apps, narrowed and ended, ${size} ${colorScheme}`, async () => {
    const faults = [];
    // The app's own address is asked for on the way back to it.
    const { context, page } = await visitor(browser, { size, colorScheme, base, faults: [] });
    page.on('pageerror', (error) => faults.push(error.message));
    const see = async (name) => faults.push(...(await look(page, `${size}-${colorScheme}-${name}`)));
    await connect(page);
    await page.goto(`${base}/account/apps`);
    await see('apps');
    await page.getByRole('link', { name: /^Choose what it sees/ }).first().click();
    await see('app');
    await page.getByRole('checkbox', { name: /Test results/ }).uncheck();
    await page.getByText('Only a part of it').first().click();
    await page.getByRole('checkbox', { name: 'Laboratory results' }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    assert.ok(await page.getByRole('checkbox', { name: 'Laboratory results' }).isChecked());
    await see('app-narrowed');
    await page.getByRole('link', { name: /^Receipt/ }).click();
    await page.getByRole('heading', { name: 'In force now' }).waitFor();
    await see('receipt');
    await page.goBack();
    await page.getByRole('button', { name: /^Disconnect/ }).click();
    await page.getByText('Disconnected.').waitFor();
    await see('apps-ended');
    await context.close();
    assert.deepEqual(faults, []);
  });
}
