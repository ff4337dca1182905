/** The server's own pages for patients, parents and those who have no account yet, looked at in both sizes: opening
 * an account and finding the way back in, the family, privacy, the access log and what others see. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, look, visitor } from '@kinchart/shared/testing/browser';
import { base, manifest, signIn, staff, user } from '@kinchart/shared/testing/demo';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

async function typeCode(page, given) {
  await page.goto(`${base}/account/sign-up`);
  await page.fill('input[name=activation_code]', given.code);
  await page.fill('input[name=birth_date]', given.birth_date);
  await page.fill('input[name=postal_code]', given.postal_code);
  await page.getByRole('button', { name: 'Next' }).click();
}

for (const size of ['phone', 'desktop']) {
  const visit = (name, work) =>
    test(`${name}, ${size}`, async () => {
      const faults = [];
      const { context, page } = await visitor(browser, { size, base, faults });
      const see = async (shot) => faults.push(...(await look(page, `${size}-own-${shot}`)));
      /** Goes there, signing in on the way if `person` is given, and looks. */
      const open = async (path, shot, person) => {
        await page.goto(`${base}${path}`);
        if (person) await signIn(page, person);
        await page.waitForURL((url) => `${url.pathname}${url.search}` === path);
        const menu = page.locator('nav.menu');
        if (await menu.count()) {
          const cut = await menu.locator('a').evaluateAll((links) =>
            links
              .filter((one) => {
                const { left, right } = one.getBoundingClientRect();
                return left < 0 || right > window.innerWidth;
              })
              .map((one) => one.textContent),
          );
          if (cut.length) faults.push(`${size}: the menu is cut at ${cut}`);
        }
        await see(shot);
      };
      try {
        await work({ page, see, open });
      } finally {
        await context.close();
      }
      assert.deepEqual(faults, []);
    });

  visit('an account is opened with a code', async ({ page, see, open }) => {
    await open('/account/sign-up', 'sign-up');
    await open('/account/quick-start', 'quick-start');
    await typeCode(page, manifest.activation_codes[0]);
    await page.getByRole('heading', { name: 'Choose how you sign in' }).waitFor();
    await see('credentials');
  });

  visit('a code is asked for online', async ({ page, see, open }) => {
    await open('/account/sign-up/request', 'request');
    await page.fill('input[name=given_name]', 'Nobody');
    await page.fill('input[name=family_name]', 'Known');
    await page.fill('input[name=birth_date]', '1980-01-01');
    await page.fill('input[name=postal_code]', '06457');
    await page.fill('input[name=email]', 'nobody@mail.example');
    await page.getByRole('button', { name: 'Ask for a code' }).click();
    await page.getByRole('heading', { name: 'Thank you' }).waitFor();
    await see('request-taken');
  });

  visit('who has an account is shown it, and who is too young what else there is', async ({ page, see }) => {
    const desk = await staff(browser, 'registration');
    const ana = await desk('GET', 'Patient/ana');
    const given = await desk('POST', 'Patient/ana/$activation-code', {
      resourceType: 'Parameters',
      parameter: [
        { name: 'channel', valueCode: 'desk' },
        { name: 'identity-document', valueCode: 'passport' },
      ],
    });
    await typeCode(page, {
      code: given.parameter.find((one) => one.name === 'code').valueString,
      birth_date: ana.birthDate,
      postal_code: ana.address[0].postalCode,
    });
    await page.getByRole('heading', { name: 'You have an account already' }).waitFor();
    await see('existing');
    const young = manifest.activation_codes[1];
    const patient = await desk('GET', `Patient/${young.patient}`);
    try {
      await desk('PUT', `Patient/${young.patient}`, { ...patient, birthDate: '2012-02-29' });
      await typeCode(page, { ...young, birth_date: '2012-02-29' });
      await page.getByRole('heading', { name: 'What you can do instead' }).waitFor();
      await see('too-young');
    } finally {
      const { meta, ...before } = patient;
      await desk('PUT', `Patient/${young.patient}`, before);
    }
  });

  visit('a forgotten password or username', async ({ page, see, open }) => {
    await open('/account/recover', 'recover');
    await page.fill('input[name=username]', 'nobody.known');
    await page.getByRole('button', { name: 'Send me a link' }).click();
    await page.getByRole('status').waitFor();
    await see('recover-taken');
  });

  visit('a mother and her own account', async ({ page, see, open }) => {
    await open('/account/', 'home', user('ana'));
    await open('/account/privacy', 'privacy');
    await open('/account/privacy?patient=leo', 'privacy-child');
    await open('/account/email/change', 'email');
    await open('/account/terms', 'terms');
    await page.getByRole('link', { name: /address/ }).first().click();
    await page.getByRole('heading', { name: 'Terms of use' }).waitFor();
    await see('terms-document');
  });

  visit('a mother and her family', async ({ page, see, open }) => {
    await open('/account/family', 'family', user('ana'));
    await page.getByRole('link', { name: /when it changes for Nina/ }).click();
    await page.getByRole('heading', { level: 1, name: /What you see of/ }).waitFor();
    await see('preview');
    await open('/account/family', 'family-again');
    await page.getByRole('link', { name: 'Stop acting for Leo' }).click();
    await page.getByRole('heading', { name: /^Stop acting/ }).waitFor();
    await see('leave');
    await open('/account/family/request', 'ask');
    await open('/account/family/invite', 'invite');
    await page.fill('input[name=given]', 'Maria');
    await page.fill('input[name=family]', `Santos-${size}`);
    await page.fill('input[name=email]', `maria.${size}@mail.example`);
    await page.locator('select[name=relationship]').selectOption({ index: 1 });
    await page.locator('input[name=level]').first().check();
    await page.getByRole('button', { name: 'Send the invitation' }).click();
    await page.waitForURL('**/account/family?**');
    await see('family-invited');
    const mails = await (await fetch(`${base}/demo/mailbox`)).json();
    const mail = mails.find((one) => one.to === `maria.${size}@mail.example`);
    const [link] = mail.text.match(/https?:\S+answer\S+/);
    await page.goto(link);
    await page.getByRole('link', { name: 'Back to Family' }).waitFor();
    await see('answer-own');
    await page.context().clearCookies();
    await page.goto(link);
    await page.getByRole('link', { name: 'I am new here' }).waitFor();
    await see('asked');
    await page.getByRole('link', { name: 'I have an account' }).click();
    await signIn(page, user('lucia'));
    await page.getByRole('heading', { name: /asks you to act for them/ }).waitFor();
    await see('answer');
  });

  visit('a grandmother, who acts for her, and what they see', async ({ page, see, open }) => {
    await open('/account/family', 'family-own', user('rosa'));
    await page.getByRole('link', { name: 'Answer' }).click();
    await page.getByRole('heading', { name: /asks to act for you/ }).waitFor();
    await see('waiting');
    await page.getByRole('link', { name: 'Family' }).last().click();
    await page.getByRole('link', { name: /Change or end/ }).click();
    await page.getByRole('heading', { level: 1, name: /Lucia/ }).waitFor();
    await see('grant');
    await page.goto(`${base}/account/family`);
    await page.getByRole('link', { name: 'See your record as they see it' }).click();
    await page.waitForURL('**/account/view-as');
    await see('view-as');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('heading', { name: /Lucia Morales on/ }).waitFor();
    await see('view-as-lucia');
    await open('/account/privacy', 'privacy-own');
    await page.getByRole('button', { name: 'Choose what it gets' }).click();
    await page.getByRole('button', { name: 'Keep everything back' }).click();
    await page.getByText('Saved.').waitFor();
    await see('privacy-left-out');
    await page.getByRole('link', { name: /^Change what/ }).locator('visible=true').last().click();
    await page.getByRole('button', { name: 'Keep nothing back' }).click();
    await page.getByText('Saved.').waitFor();
  });

  visit('who looked, and a question about it', async ({ page, see, open }) => {
    await (await staff(browser, 'registration'))('GET', 'Patient/ana');
    await open('/account/access-log', 'log', user('ana'));
    await open('/account/access-log/roots', 'roots');
    await open('/account/access-log?patient=ana', 'log-own');
    await page.getByRole('link', { name: /recognise/ }).first().click();
    await page.getByRole('button', { name: 'Ask the privacy office' }).waitFor();
    await see('report');
    await page.getByRole('button', { name: 'Ask the privacy office' }).click();
    await page.getByRole('heading', { name: /looking into it|looked into/ }).waitFor();
    await see('reported');
  });
}
