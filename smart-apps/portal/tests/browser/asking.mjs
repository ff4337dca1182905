/** What people and staff are asked before an app opens, looked at in both sizes: consent, the choice of a visit,
 * the search for a patient, ways to sign in, and the pages of who decides about apps. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, look, visitor } from '@kinchart/shared/testing/browser';
import { base, client, launching, signIn, user } from '@kinchart/shared/testing/demo';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

for (const size of ['phone', 'desktop']) {
  const visit = (name, work) =>
    test(`${name}, ${size}`, async () => {
      const faults = [];
      const { context, page } = await visitor(browser, { size, base, faults: [] });
      page.on('pageerror', (error) => faults.push(error.message));
      const see = async (shot) => faults.push(...(await look(page, `${size}-${shot}`)));
      try {
        await work(page, see);
      } finally {
        await context.close();
      }
      assert.deepEqual(faults, []);
    });

  visit('somebody is asked whose record and what an app may see', async (page, see) => {
    const scope = 'launch/patient openid fhirUser offline_access patient/*.rs patient/Condition.rs patient/Observation.rs';
    await page.goto(launching(client('public-app'), scope).address);
    await see('ask-sign-in');
    await signIn(page, user('ana'));
    await page.locator('button[name=decision][value=approve]').waitFor();
    await page.locator('details.parts summary').first().click();
    await see('ask-consent');
  });

  visit('the visit is asked for after the patient', async (page, see) => {
    await page.goto(launching(client('portal'), 'launch/patient launch/encounter openid patient/*.rs').address);
    await signIn(page, user('ana'));
    await page.locator('input[name=patient][value="ana"]').check();
    await page.locator('button[name=decision][value=approve]').click();
    await page.locator('input[name=encounter]').first().waitFor();
    await see('ask-visit');
  });

  visit('a member of staff looks for the patient', async (page, see) => {
    await page.goto(launching(client('public-app'), 'launch/patient openid patient/*.rs').address);
    await signIn(page, user('clinician'));
    await page.getByLabel('Whose record?').waitFor();
    await see('staff-search');
    await page.getByLabel('Whose record?').fill('rivera');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.locator('input[name=patient]').first().waitFor();
    assert.match(await page.getByRole('status').first().innerText(), /found/);
    await see('staff-found');
  });

  visit('ways to sign in, and the account menu', async (page, see) => {
    await page.goto(`${base}/account/sign-ins`);
    await signIn(page, user('ana'));
    await page.waitForURL('**/account/sign-ins');
    await see('ways');
    const menu = page.locator('nav.menu');
    const isCut = await menu.evaluate((node) => node.scrollWidth > node.clientWidth);
    assert.equal(isCut, false, 'the menu is cut');
  });

  visit('who decides about apps sees all of them', async (page, see) => {
    await page.goto(`${base}/account/review/apps`);
    await signIn(page, user('privacy'));
    await page.getByRole('heading', { name: 'Apps to review' }).waitFor();
    await see('review');
    await page.getByRole('link', { name: 'All apps' }).click();
    await page.getByRole('heading', { name: 'All apps' }).waitFor();
    await page.locator('details.more summary').first().click();
    await see('review-all');
  });
}
