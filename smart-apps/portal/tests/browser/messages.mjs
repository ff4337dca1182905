/** Asking the practice, being asked back and answering, in one conversation; the path by which the terms say that an
 * account is closed; and who may only read. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, look, visitor } from '@kinchart/shared/testing/browser';
import { base, staff, user } from '@kinchart/shared/testing/demo';
import { open, settled, signIn } from './sign_in.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

async function visit({ size, person, patient }, work) {
  const faults = [];
  const { context, page } = await visitor(browser, { size, base, faults });
  try {
    await signIn(page, base, user(person), patient);
    await settled(page);
    await work(page, async (name) => faults.push(...(await look(page, `${size}-messages-${name}`))));
  } finally {
    await context.close();
  }
  assert.deepEqual(faults, []);
}

const focused = (page) => page.evaluate(() => document.activeElement?.tagName);

test('a patient asks, is asked back and answers in the same conversation', async () => {
  await visit({ size: 'phone', person: 'helen', patient: 'helen' }, async (page, see) => {
    await open(page, 'messages');
    await see('list');
    await page.getByRole('link', { name: 'Ask a question' }).click();
    await page.getByRole('link', { name: /^Medical question/ }).waitFor();
    await see('ask');
    await page.getByRole('link', { name: /^Medical question/ }).click();
    const words = page.getByLabel('Your message');
    await words.waitFor();
    await page.getByText('Who may read these messages').waitFor();
    // Sent without words it says what is missing, and goes there.
    await page.getByRole('button', { name: 'Send' }).click();
    assert.equal(await focused(page), 'INPUT');
    assert.equal(await page.locator('.field-fault').count(), 3);
    await see('missing');
    await page.getByLabel('What is it about').fill('My ankle');
    await words.fill('My ankle is swollen, and I have had chest pain today.');
    await page.getByText('This may be something that cannot wait').waitFor();
    await see('urgent');
    assert.equal(await page.locator('.field-fault').count(), 1);
    await words.fill('My ankle is swollen since Sunday. Should I come in?');
    assert.equal(await page.getByText('This may be something that cannot wait').count(), 0);
    await page.getByLabel('Who should answer?').selectOption({ label: 'Family Medicine' });
    await page.getByLabel(/This is not an emergency/).check();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('heading', { level: 1, name: 'My ankle' }).waitFor();
    await page.getByText('Your message is sent.').waitFor();
    await page.getByText('With Family Medicine').waitFor();
    assert.match(await page.locator('main').innerText(), /Expect an answer by \w+/);
    await see('sent');

    const agent = await staff(browser, 'pool-agent');
    const search = 'Task?code=message-handling&status=requested&patient=helen&_sort=-authored-on';
    const found = await agent('GET', search);
    const task = found.entry[0].resource;
    assert.equal(task.owner.reference, 'HealthcareService/family-medicine');
    const saying = (name, text) => ({
      resourceType: 'Parameters',
      parameter: [{ name, valueString: text }],
    });
    const asked = saying('question', 'Can you put weight on it?');
    await agent('POST', `Task/${task.id}/$ask-for-information`, asked);
    await page.reload();
    await settled(page);
    await page.getByText('They asked you something').waitFor();
    await page.getByLabel('Your message').fill('Yes, a little.');
    await page.getByLabel(/This is not an emergency/).check();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Your message is sent.').waitFor();
    await page.getByText('Expect an answer by').waitFor();
    await see('replied');
    assert.equal(await page.locator('.message').count(), 3);
    assert.equal((await agent('GET', `Task/${task.id}`)).status, 'in-progress');
    await agent('POST', `Task/${task.id}/$complete`, saying('answer', 'Rest it, and come on Friday.'));
    await page.reload();
    await settled(page);
    await page.getByText('Rest it, and come on Friday.').waitFor();
    assert.equal(await page.getByText('Expect an answer by').count(), 0);
    // What was opened is new no longer.
    await open(page, 'messages');
    const row = page.locator('a.row', { hasText: 'My ankle' });
    await row.waitFor();
    assert.equal(await row.getByText(/new/).count(), 0);
    await see('answered');
  });
});

test('the path of the terms leads to closing an account, by proving again who one is', async () => {
  await visit({ size: 'desktop', person: 'helen', patient: 'helen' }, async (page, see) => {
    await open(page, 'messages');
    await see('list');
    await page.getByRole('link', { name: 'Ask a question' }).click();
    await page.getByRole('link', { name: /^Customer service question/ }).click();
    await page.getByRole('link', { name: /^Account deactivation request/ }).waitFor();
    await see('topics');
    await page.getByRole('link', { name: /^Account deactivation request/ }).click();
    await page.getByText('What happens then').waitFor();
    await page.getByLabel('Anything we should know').fill('I am moving away.');
    await see('deactivation');
    await page.getByRole('button', { name: 'Send the request' }).click();
    await page.getByRole('heading', { name: 'We have your request' }).waitFor();
    await see('deactivation-asked');
    const him = await staff(browser, 'him');
    const found = await him('GET', 'Task?code=account-deactivation&status=requested&patient=helen');
    assert.equal(found.entry?.length, 1);
    await page.getByRole('link', { name: 'Go on and confirm' }).click();
    await page.waitForURL(/\/account\//);
    await page.locator('main h1').waitFor();
    const again = await page.locator('input[name=password]').count();
    const closing = await page.getByText('You asked for this already').count();
    assert.ok(again + closing > 0, await page.locator('main').innerText());
  });
});

test('somebody who may only read finds no button, and why', async () => {
  await visit({ size: 'phone', person: 'lucia', patient: 'rosa' }, async (page, see) => {
    await open(page, 'messages');
    await page.getByText('You can read these messages, not write them').waitFor();
    assert.equal(await page.getByRole('link', { name: 'Ask a question' }).count(), 0);
    await see('only-reads');
    await open(page, 'messages/ask/medical-question');
    await page.getByText('You can read these messages, not write them').waitFor();
    assert.equal(await page.locator('textarea').count(), 0);
  });
});

test('a list says so where this sign-in sees only a part of it', async () => {
  await visit({ size: 'phone', person: 'helen', patient: 'helen' }, async (page, see) => {
    await open(page, 'results');
    assert.equal(await page.locator('.kept-back').count(), 0);
    // As if only laboratory results had been allowed when the portal was let in.
    await page.evaluate(() => {
      const key = JSON.parse(sessionStorage.getItem('SMART_KEY'));
      const state = JSON.parse(sessionStorage.getItem(key));
      const part = 'patient/Observation.rs?category=laboratory patient/DiagnosticReport.rs';
      state.tokenResponse.scope = `launch/patient openid fhirUser ${part} patient/Encounter.rs`;
      sessionStorage.setItem(key, JSON.stringify(state));
    });
    await page.reload();
    await settled(page);
    const words = await page.locator('.kept-back').innerText();
    assert.match(words, /not allowed to see all results and measurements\./);
    await see('kept-back');
  });
});
