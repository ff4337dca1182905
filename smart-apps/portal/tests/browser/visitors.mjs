/** Those without an account, in both sizes: a guest who looks at a bill, and whoever opens a link a patient shared. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { launch, look, visitor } from '@kinchart/shared/testing/browser';
import { base, manifest, signIn, user } from '@kinchart/shared/testing/demo';
import { compactDecrypt } from 'jose';
import { open, signIn as openPortal } from './sign_in.mjs';

const ana = user('ana');
const bills = manifest.statements;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

async function fill(page, fields) {
  for (const [name, value] of Object.entries(fields)) await page.fill(`[name=${name}]`, value);
}

for (const [size, bill] of [
  ['phone', bills[0]],
  ['desktop', bills[1]],
]) {
  test(`a guest looks at a bill, ${size}`, async () => {
    const faults = [];
    const { context, page } = await visitor(browser, { size, base, faults });
    const see = async (name) => faults.push(...(await look(page, `${size}-guest-${name}`)));
    const { statement_number, last_name, birth_date } = bill;
    await page.goto(base);
    await page.getByRole('link', { name: 'Pay a bill as a guest' }).click();
    await see('form');
    await fill(page, { statement_number, last_name, birth_date: '1901-02-03' });
    await page.getByRole('button', { name: 'Show the bill' }).click();
    await page.getByText('We cannot show a bill for this.').waitFor();
    await see('wrong');
    await fill(page, { statement_number, last_name: last_name.toUpperCase(), birth_date });
    await page.getByRole('button', { name: 'Show the bill' }).click();
    await page.getByText(`$${bill.balance}`).waitFor();
    await see('bill');
    await page.getByRole('button', { name: 'Close this bill' }).click();
    await page.goto(`${base}/account/guest-pay/statement`);
    await page.getByRole('heading', { name: 'Pay as a guest' }).waitFor();
    await context.close();
    assert.deepEqual(faults, []);
  });

  test(`a patient makes a code for a bill and a guest types it, ${size}`, async () => {
    const faults = [];
    const { context, page } = await visitor(browser, { size, base, faults });
    const see = async (name) => faults.push(...(await look(page, `${size}-bill-${name}`)));
    await openPortal(page, base, ana, ana.patient);
    await open(page, 'bills');
    await page.locator('.row', { hasText: 'To pay' }).first().click();
    await page.getByRole('button', { name: 'Make a code for this bill' }).click();
    const code = await page.locator('.guest-code').innerText();
    await see('code');
    const heading = await page.getByRole('heading', { level: 1 }).innerText();
    const { last_name, birth_date } = bills.find((one) => heading.endsWith(one.statement_number));
    const statement_number = heading.replace('Statement ', '');
    await page.goto(`${base}/account/guest-pay`);
    await page.locator('summary').click();
    await fill(page, { statement_number, last_name, birth_date, code: code.toLowerCase() });
    await page.getByRole('button', { name: 'Show the bill' }).click();
    await page.getByRole('button', { name: 'Close this bill' }).waitFor();
    await context.close();
    assert.deepEqual(faults, []);
  });

  test(`a patient shares by link and ends it, ${size}`, async () => {
    const faults = [];
    const { context, page } = await visitor(browser, { size, base, faults });
    const see = async (name) => faults.push(...(await look(page, `${size}-links-${name}`)));
    await page.goto(`${base}/account/links`);
    await signIn(page, ana);
    await page.getByRole('heading', { name: 'Share by link' }).waitFor();
    await see('page');
    await page.getByRole('button', { name: 'Make the link' }).click();
    await page.getByText('Choose what to share.').waitFor();
    await page.getByRole('checkbox', { name: 'Medications' }).check();
    await page.getByRole('checkbox', { name: 'Notes and visit summaries' }).check();
    const label = `Cardiology ${size}`;
    await fill(page, { recipient: 'Dr. Gray', label, passcode: 'blue 42' });
    await page.getByRole('button', { name: 'Make the link' }).click();
    await page.getByText('The link is ready.').waitFor();
    await see('code');
    const text = await page.getByRole('textbox', { name: 'The link' }).inputValue();
    const payload = JSON.parse(Buffer.from(text.replace('shlink:/', ''), 'base64url'));
    assert.equal(payload.flag, 'P');
    const ask = (passcode) =>
      fetch(payload.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ recipient: 'Gray Cardiology', passcode }),
      });
    const wrong = await ask('red 1');
    assert.equal(wrong.status, 401);
    assert.deepEqual(await wrong.json(), { remainingAttempts: 9 });
    const opened = await ask('blue 42');
    assert.equal(opened.status, 200);
    const [{ contentType, embedded }] = (await opened.json()).files;
    assert.equal(contentType, 'application/fhir+json');
    const key = Buffer.from(payload.key, 'base64url');
    const { plaintext, protectedHeader } = await compactDecrypt(embedded, key, {
      inflateRaw: async (packed) => inflateRawSync(packed),
    });
    assert.equal(protectedHeader.cty, 'application/fhir+json');
    const bundle = JSON.parse(Buffer.from(plaintext));
    const types = new Set(bundle.entry.map((entry) => entry.resource.resourceType));
    for (const type of ['Patient', 'MedicationRequest', 'DocumentReference']) assert.ok(types.has(type), type);
    for (const type of ['Condition', 'Invoice', 'Consent', 'AuditEvent']) assert.ok(!types.has(type), type);

    await page.getByRole('link', { name: 'All links of this record' }).click();
    await page.getByText('Opened once').first().waitFor();
    await see('opened');
    await page.getByRole('link', { name: 'access log', exact: true }).click();
    await page.getByText(`“Gray Cardiology” by the link “${label}”`).first().waitFor();
    await see('log');
    await page.goBack();
    await page.getByRole('button', { name: `End ${label}` }).click();
    await page.getByText('Nobody opens it any more.').waitFor();
    await see('ended');
    assert.equal((await ask('blue 42')).status, 404);
    await context.close();
    assert.deepEqual(faults, []);
  });
}
