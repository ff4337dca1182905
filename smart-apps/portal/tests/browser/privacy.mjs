/** What people keep from whom, as they do it themselves, in both sizes: an app, a person, an organization, results that
 * wait, single things, receipts that another program checks, and what a parent of an emancipated minor would see. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { compactVerify, createLocalJWKSet } from 'jose';
import { launch, look, visitor } from '@kinchart/shared/testing/browser';
import { base, client, fhir, launching, manifest, signIn, user } from '@kinchart/shared/testing/demo';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Connects an app of somebody else's to the person's own record: what it gets with its token, by path. */
async function connect(page, person) {
  let code;
  const listener = createServer((request, response) => {
    code ??= new URL(request.url, 'http://app').searchParams.get('code');
    response.end('done');
  });
  await new Promise((ready) => listener.listen(0, '127.0.0.1', ready));
  const callback = `http://127.0.0.1:${listener.address().port}/callback`;
  const start = launching(client('public-app'), 'launch/patient openid fhirUser patient/*.rs', callback);
  await page.goto(start.address);
  await signIn(page, person);
  for (let steps = 0; steps < 4 && !code; steps += 1) {
    const wanted = page.locator(`input[name=patient][value="${person.patient}"]`);
    const approve = page.locator('button[name=decision][value=approve]').first();
    await approve.waitFor();
    if ((await wanted.getAttribute('type').catch(() => '')) === 'radio') await wanted.check();
    const left = page.url();
    await approve.click();
    await page.waitForURL((url) => url.href !== left);
  }
  listener.close();
  const ask = fhir(await start.exchange(code));
  return (path) => ask('GET', path);
}

for (const size of ['phone', 'desktop']) {
  const visit = (name, work) =>
    test(`${name}, ${size}`, async () => {
      const faults = [];
      const { context, page } = await visitor(browser, { size, base, faults });
      const see = async (shot) => faults.push(...(await look(page, `${size}-privacy-${shot}`)));
      try {
        await work({ page, see });
      } finally {
        await context.close();
      }
      const own = faults.filter((fault) => !/callback|favicon/.test(fault));
      assert.deepEqual(own, []);
    });

  visit('an app, a person and an organization get less', async ({ page, see }) => {
    const ana = user('ana');
    const read = await connect(page, ana);
    const results = async () => (await read('Observation?_summary=count')).total;
    const all = await results();
    assert.ok(all > 0);
    await page.goto(`${base}/account/privacy`);
    await see('all');
    const change = page.getByRole('link', { name: /^Change what/ }).locator('visible=true').first();
    await change.click();
    await page.getByRole('heading', { level: 1, name: /gets$/ }).waitFor();
    await see('limit');
    await page.getByLabel('Test results and vital signs').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await see('less');
    assert.equal(await results(), 0);
    // Back again: everything it was connected for.
    await page.getByRole('link', { name: /^Change what/ }).locator('visible=true').first().click();
    await page.getByRole('button', { name: 'Keep nothing back' }).click();
    await page.getByText('Saved.').waitFor();
    assert.equal(await results(), all);
    await page.getByRole('button', { name: 'Choose what it gets' }).click();
    await page.getByRole('button', { name: 'Keep everything back' }).click();
    await page.getByText('Saved.').waitFor();
    await see('organization');
    await page.getByRole('link', { name: /^Change what/ }).locator('visible=true').last().click();
    await page.fill('input[name=until]', '2020-01-01');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').waitFor();
    await see('limit-wrong');
    await page.getByRole('button', { name: 'Keep nothing back' }).click();
    await page.getByText('Saved.').waitFor();
    await page.getByRole('button', { name: 'Wait for my clinician' }).click();
    await page.getByText('New results wait for your clinician.').waitFor();
    await page.getByRole('button', { name: 'Show me everything at once' }).click();
    await page.getByText('New results are shown at once,').waitFor();
  });

  visit('single things, and receipts', async ({ page, see }) => {
    await page.goto(`${base}/account/privacy/private`);
    await signIn(page, user('ana'));
    await page.getByRole('heading', { level: 1, name: 'What is private' }).waitFor();
    await page.locator('#MedicationRequest summary').click();
    await see('private');
    await page.locator('#MedicationRequest').getByRole('button', { name: /^Mark private/ }).first().click();
    await page.getByText('Marked private.').waitFor();
    await see('private-marked');
    await page.getByRole('button', { name: /^No longer private/ }).first().click();
    await page.getByText('No longer private.', { exact: true }).waitFor();
    await page.goto(`${base}/account/privacy/receipts`);
    await see('receipts');
    const link = page.getByRole('link', { name: /^Download/ }).first();
    const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
    const receipt = readFileSync(await file.path(), 'utf8');
    // By a library that knows nothing of us, with the keys anybody can fetch.
    const keys = await (await fetch(`${base}/.well-known/jwks.json`)).json();
    const { payload, protectedHeader } = await compactVerify(receipt, createLocalJWKSet(keys));
    assert.equal(protectedHeader.typ, 'consent-receipt+jwt');
    const claims = JSON.parse(new TextDecoder().decode(payload));
    assert.equal(claims.sub, `Patient/${user('ana').patient}`);
    assert.equal(claims.consent.resourceType, 'Consent');
    const [head, body, signature] = receipt.split('.');
    const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'Patient/else' })).toString('base64url');
    await assert.rejects(compactVerify([head, changed, signature].join('.'), createLocalJWKSet(keys)));
    assert.notEqual(body, changed);
  });

  visit('an emancipated minor looks at what a parent will see', async ({ page, see }) => {
    const minor = user('jade');
    await page.goto(`${base}/account/preview`);
    await signIn(page, minor);
    await page.getByRole('heading', { level: 1, name: 'What a parent will see' }).waitFor();
    await see('preview');
    await page.goto(`${base}/account/privacy`);
    await see('minor');
  });
}
