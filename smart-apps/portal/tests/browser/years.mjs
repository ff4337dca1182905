/** One family through the years, by moving the clock: birth, eleven, twelve, thirteen, fifteen, eighteen, let in again,
 * and an account closed. What each person finds on their own pages, and what a stock SMART app finds with their leave.
 * Under either kind of policy: one that gives teenagers no account, and one that does. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, look, sizes, visitor } from '@kinchart/shared/testing/browser';
import { base, manifest, signIn, staff } from '@kinchart/shared/testing/demo';
import { mail, moveTo, practice, stockApp } from './living.mjs';

const PASSWORD = 'seven green bottles';
const vera = { username: 'vera.quinn', password: PASSWORD, email: 'vera@mail.example' };
const juno = { username: 'juno.quinn', password: PASSWORD, email: 'juno@mail.example' };
/** Born on 10 June 2026, in Connecticut, where midnight in June is four in the morning UTC. */
const BORN = '2026-06-10';
const birthday = (age) => `${2026 + age}-06-10`;
const midnight = (age) => `${birthday(age)}T00:00:00-04:00`;
const noon = (day) => `${day}T12:00:00-04:00`;
const lastMinute = (age) => `${2026 + age}-06-09T23:50:00-04:00`;
/** Whether teenagers sign in for themselves here. */
const teens = manifest.policy === 'ct-exemplar';

let browser;
let app;
before(async () => {
  browser = await launch();
  app = await stockApp();
});
after(async () => {
  await browser.close();
  app.stop();
});

/** A browser of one person for one chapter: pages are looked at in both sizes, and every fault is told. */
async function chapter(work) {
  const faults = [];
  const { context, page } = await visitor(browser, { base, faults });
  const see = async (name) => {
    for (const size of ['phone', 'desktop']) {
      await page.setViewportSize(sizes[size]);
      faults.push(...(await look(page, `${size}-years-${manifest.policy}-${name}`)));
    }
  };
  const press = (name) => page.getByRole('button', { name }).click();
  const main = () => page.locator('main').innerText();
  const family = async (person) => {
    await page.goto(`${base}/account/family`);
    if (await page.locator('input[name=password]').count()) await signIn(page, person);
    await page.waitForURL('**/account/family');
  };
  try {
    await work({ page, see, press, main, family });
  } finally {
    await context.close();
  }
  assert.deepEqual(faults, []);
}

/** Fills in what opening an account asks for, and agrees to the terms. */
async function openAccount(page, press, person) {
  await page.fill('input[name=username]', person.username);
  await page.fill('input[name=password]', person.password);
  await page.fill('input[name=password_repeat]', person.password);
  await page.fill('input[name=security_question]', 'What did you want to become?');
  await page.fill('input[name=security_answer]', 'A pilot');
  await page.fill('input[name=email]', person.email);
  await press('Open my account');
}

async function agree(page, press, see, shot) {
  await page.getByRole('heading', { name: /Terms of use|Before you act/ }).waitFor();
  await see(shot);
  await page.check('input[name=accept]');
  await press('Go on');
}

/** What a visit leaves behind: its own record, a result and a bill. `basis`: the law a minor consented alone by. */
async function visit(write, id, day, basis) {
  const patient = { reference: 'Patient/juno' };
  const extension = basis && [
    { url: 'https://kinchart.org/fhir/StructureDefinition/consent-basis', valueCode: basis },
  ];
  const encounter = { reference: `Encounter/${id}` };
  await write('PUT', `Encounter/${id}`, {
    resourceType: 'Encounter',
    id,
    extension,
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    type: [{ text: 'Office visit' }],
    subject: patient,
    period: { start: `${day}T10:00:00-04:00`, end: `${day}T10:30:00-04:00` },
  });
  const category = [
    { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
  ];
  await write('PUT', `Observation/${id}-result`, {
    resourceType: 'Observation',
    id: `${id}-result`,
    status: 'final',
    category,
    code: { coding: [{ system: 'http://loinc.org', code: '718-7', display: 'Hemoglobin' }] },
    subject: patient,
    encounter,
    effectiveDateTime: `${day}T10:10:00-04:00`,
    issued: `${day}T11:00:00-04:00`,
    valueQuantity: { value: 13, unit: 'g/dL', system: 'http://unitsofmeasure.org', code: 'g/dL' },
  });
  await write('PUT', `Invoice/${id}-bill`, {
    resourceType: 'Invoice',
    id: `${id}-bill`,
    extension,
    status: 'issued',
    subject: patient,
    date: `${day}T12:00:00-04:00`,
    totalNet: { value: 40, currency: 'USD' },
    totalGross: { value: 40, currency: 'USD' },
  });
}

/** What an app finds of the visits, results and bills in a chart, as ids; a refusal as its status. */
async function found(seen) {
  const of = async (type) => {
    const answer = await seen.ask(`${type}?patient=juno`);
    return Array.isArray(answer) ? answer.map((one) => one.id).sort() : answer;
  };
  return { visits: await of('Encounter'), results: await of('Observation'), bills: await of('Invoice') };
}

/** As ids of visits by name. */
const whole = (...names) => ({
  visits: names.toSorted(),
  results: names.map((one) => `${one}-result`).toSorted(),
  bills: names.map((one) => `${one}-bill`).toSorted(),
});

/** What an app gets that somebody lets see a chart. */
async function through(person, work) {
  const seen = await app.launch(browser, person, 'juno');
  assert.ok(seen.offered, seen.text);
  try {
    return await work(seen);
  } finally {
    await seen.close();
  }
}

/** What a parent finds where age leaves them less: nothing of visits, results and bills. */
function assertNothing(seen) {
  for (const [what, answer] of Object.entries(seen)) {
    const nothing = [401, 403, 404].includes(answer) || (Array.isArray(answer) && answer.length === 0);
    assert.ok(nothing, `${what}: ${JSON.stringify(answer)}`);
  }
}

test('birth: a mother who is no patient asks for her newborn, and the desk approves', async () => {
  await moveTo(noon('2026-06-15'));
  const write = await practice();
  await write('PUT', 'Patient/juno', {
    resourceType: 'Patient',
    id: 'juno',
    identifier: [{ system: 'https://riverbend.example/mrn', value: 'JUNO-1' }],
    name: [{ use: 'official', family: 'Quinn', given: ['Juno'] }],
    gender: 'female',
    birthDate: BORN,
    address: [{ line: ['4 Elm Street'], city: 'Middletown', state: 'CT', postalCode: '06457' }],
  });
  await visit(write, 'newborn', '2026-06-12');
  await chapter(async ({ page, see, press }) => {
    await page.goto(`${base}/account/sign-up/proxy`);
    await see('birth-ask');
    await page.fill('input[name=email]', vera.email);
    await press('Send me the link');
    await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
    await see('birth-asked');
    const letter = await mail(vera.email, (one) => one.text.includes('/sign-up/proxy/open'));
    const [link] = letter.text.match(/https?:\S+open\?code=\S+/);
    await page.goto(link);
    await see('birth-open');
    await page.fill('input[name=given_name]', 'Vera');
    await page.fill('input[name=family_name]', 'Quinn');
    await page.fill('input[name=birth_date]', '1998-03-02');
    await openAccount(page, press, vera);
    await agree(page, press, see, 'birth-terms');
    await page.getByRole('heading', { name: 'Ask to act for somebody' }).waitFor();
    await see('birth-request');
    await page.fill('input[name=given]', 'Juno');
    await page.fill('input[name=family]', 'Quinn');
    await page.fill('input[name=birth_date]', BORN);
    await page.fill('input[name=postal_code]', '06457');
    await page.selectOption('select[name=relationship]', { label: 'mother' });
    const buffer = Buffer.from('%PDF-1.4\nbirth certificate\n%%EOF\n');
    await page.setInputFiles('input[name=document]', { name: 'certificate.pdf', mimeType: 'application/pdf', buffer });
    await page.check('input[name=attest]');
    await press('Send the request');
    await page.getByText('Your request is with us').waitFor();
    await see('birth-waiting');
  });
  // Nothing is open before it is decided.
  const waiting = await app.launch(browser, vera, 'juno');
  assert.equal(waiting.offered, false);
  const him = await staff(browser, 'him');
  const tasks = await him('GET', 'Task?code=proxy-request&status=requested&patient=juno');
  const task = tasks.entry[0].resource;
  assert.equal(task.businessStatus.coding[0].code, 'awaiting-him-review');
  const approve = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'decision', valueCode: 'approve' },
      { name: 'ground', valueString: 'Birth certificate seen' },
    ],
  };
  await him('POST', `Task/${task.id}/$proxy-decide`, approve);
  await mail(vera.email, (one) => one.subject === 'You may act for somebody');
  await chapter(async ({ page, see, family }) => {
    await family(vera);
    await page.getByText('You see the whole record').waitFor();
    await see('birth-family');
  });
  assert.deepEqual(await through(vera, found), whole('newborn'));
});

test('eleven: the mother sees everything, as does the app she lets in', async () => {
  await moveTo(noon('2037-09-01'));
  await visit(await practice(), 'checkup', '2037-08-30');
  await chapter(async ({ page, see, family }) => {
    await family(vera);
    await page.getByText('You see the whole record').waitFor();
    await see('eleven-family');
    await page.getByRole('link', { name: /when it changes for Juno/ }).click();
    await page.getByRole('heading', { level: 1, name: /What you see of/ }).waitFor();
    await see('eleven-preview');
    const text = await page.locator('main').innerText();
    assert.match(text, /June 10, 2039/);
    assert.match(text, /June 10, 2044/);
  });
  assert.deepEqual(await through(vera, found), whole('newborn', 'checkup'));
});

test('twelve: care the child consented to alone is hidden from a mother who sees all else, the bill too', async () => {
  await moveTo(noon('2038-10-04'));
  await visit(await practice(), 'alone-at-twelve', '2038-10-02', 'minor:19a-216');
  assert.deepEqual(await through(vera, found), whole('newborn', 'checkup'));
  await through(vera, async ({ ask }) => {
    for (const hidden of ['Encounter/alone-at-twelve', 'Invoice/alone-at-twelve-bill', 'Encounter/never-was']) {
      assert.equal(await ask(hidden), 404, hidden);
    }
  });
});

test('before thirteen she is told three times, and shown what changes', async () => {
  const told = [];
  for (const [day, words] of [
    ['2039-03-12', 'In 90 days'],
    ['2039-05-11', 'In 30 days'],
    ['2039-06-03', 'In 7 days'],
  ]) {
    await moveTo(noon(day));
    told.push(await mail(vera.email, (one) => one.text.includes(words)));
  }
  for (const one of told) {
    assert.doesNotMatch(`${one.subject} ${one.text}`, /Juno|Quinn|thirteen|13|birthday/i);
  }
  await chapter(async ({ page, see, family }) => {
    await family(vera);
    await see('before-thirteen-family');
    await page.getByRole('link', { name: /when it changes for Juno/ }).click();
    await page.getByRole('heading', { level: 1, name: /What you see of/ }).waitFor();
    await see('before-thirteen-preview');
  });
});

test('thirteen: at midnight the same app sees less, without anybody doing anything', async () => {
  await moveTo(lastMinute(13));
  await through(vera, async (seen) => {
    assert.deepEqual(await found(seen), whole('newborn', 'checkup'));
    await moveTo(midnight(13));
    assertNothing(await found(seen));
    const patient = await seen.ask('Patient/juno');
    assert.equal(patient.birthDate, BORN);
    assert.equal(patient.name[0].given[0], 'Juno');
  });
  await chapter(async ({ page, see, family, main }) => {
    await family(vera);
    await see('thirteen-family');
    const text = await main();
    assert.doesNotMatch(text, /whole record/);
    if (!teens) assert.match(text, /name, address and contact details/);
  });
});

test('fifteen: what the teenager does alone is hers', async () => {
  await moveTo(noon('2041-11-05'));
  await visit(await practice(), 'alone-at-fifteen', '2041-11-04', 'minor:19a-592');
  await through(vera, async (seen) => assertNothing(await found(seen)));
  const desk = await staff(browser, 'registration');
  const given = await desk('POST', 'Patient/juno/$activation-code', {
    resourceType: 'Parameters',
    parameter: [
      { name: 'channel', valueCode: 'desk' },
      { name: 'identity-document', valueCode: 'passport' },
    ],
  }, teens ? [200] : [200, 403, 422]);
  const code = given.parameter?.find((one) => one.name === 'code')?.valueString;
  if (!teens) {
    // This practice opens accounts from eighteen on: the desk is told so, and there is no code.
    assert.equal(code, undefined, JSON.stringify(given));
    return;
  }
  await chapter(async ({ page, see, press }) => {
    await typeCode(page, press, code);
    await openAccount(page, press, { ...juno, email: vera.email });
    await page.getByText('Mail for a teenager goes to an address of their own').waitFor();
    await see('fifteen-shared-address');
    await openAccount(page, press, juno);
    await agree(page, press, see, 'fifteen-terms');
    await page.getByRole('heading', { name: /Welcome/ }).waitFor();
    await see('fifteen-welcome');
    const letter = await mail(juno.email, (one) => /confirm/i.test(one.subject));
    await page.goto(letter.text.match(/https?:\S+\/account\/email\S+/)[0]);
    await page.locator('main form button').first().click();
    await page.goto(`${base}/account/family`);
    await see('fifteen-family');
    await page.getByRole('link', { name: 'A court has emancipated me' }).click();
    await page.getByRole('heading', { name: 'Show us a court’s order' }).waitFor();
    await see('fifteen-order');
    const hand = async (name, mimeType, text) => {
      await page.setInputFiles('input[name=document]', { name, mimeType, buffer: Buffer.from(text) });
      await press('Send the order');
    };
    await hand('order.txt', 'text/plain', 'It is hereby ordered');
    await page.getByText('A PDF, or a picture in JPEG or PNG.').waitFor();
    await see('fifteen-order-refused');
    await hand('order.pdf', 'application/pdf', '%PDF-1.7 It is hereby ordered');
    await page.getByText('your order is with us').waitFor();
    await page.goto(`${base}/account/family/emancipation`);
    await page.getByText('Your order is with us.').waitFor();
    await see('fifteen-order-sent');
  });
  assert.deepEqual(await through(juno, found), whole('newborn', 'checkup', 'alone-at-twelve', 'alone-at-fifteen'));
});

async function typeCode(page, press, code) {
  await page.goto(`${base}/account/sign-up`);
  await page.fill('input[name=activation_code]', code);
  await page.fill('input[name=birth_date]', BORN);
  await page.fill('input[name=postal_code]', '06457');
  await press('Next');
  await page.getByRole('heading', { name: 'Choose how you sign in' }).waitFor();
}

test('eighteen: at midnight the mother sees nothing, and no app of hers', async () => {
  await moveTo(noon('2044-06-03'));
  await mail(vera.email, (one) => one.text.includes('In 7 days, your access to the record'));
  await moveTo(lastMinute(18));
  await through(vera, async (seen) => {
    const patient = await seen.ask('Patient/juno');
    assert.equal(patient.id, 'juno');
    await moveTo(midnight(18));
    assert.ok([401, 403, 404].includes(await seen.ask('Patient/juno')));
    assertNothing(await found(seen));
  });
  await mail(vera.email, (one) => one.subject === 'Access to a record has ended');
  const later = await app.launch(browser, vera, 'juno');
  assert.equal(later.offered, false);
  await chapter(async ({ page, see, family, main }) => {
    await family(vera);
    await see('eighteen-family');
    assert.doesNotMatch(await main(), /You see/);
  });
});

test('let in again: the adult signs, and her mother sees what she was given', async () => {
  await moveTo(noon(birthday(18)));
  await chapter(async ({ page, see, press, family }) => {
    if (!teens) {
      const desk = await staff(browser, 'registration');
      const given = await desk('POST', 'Patient/juno/$activation-code', {
        resourceType: 'Parameters',
        parameter: [
          { name: 'channel', valueCode: 'desk' },
          { name: 'identity-document', valueCode: 'passport' },
        ],
      });
      await typeCode(page, press, given.parameter.find((one) => one.name === 'code').valueString);
      await see('again-credentials');
      await openAccount(page, press, juno);
      await agree(page, press, see, 'again-terms');
      await page.getByRole('heading', { name: /Welcome/ }).waitFor();
    }
    await family(juno);
    await see('again-family');
    await page.getByRole('link', { name: 'See what that means' }).click();
    await page.getByRole('heading', { name: /act for you again/ }).waitFor();
    await see('again-sign');
    await page.check('input[name=level][value=view-all]');
    await press('Yes, let them');
    await page.getByText('They may act for you from now on').waitFor();
    await see('again-given');
  });
  const all = whole('newborn', 'checkup', 'alone-at-twelve', 'alone-at-fifteen');
  assert.deepEqual(await through(juno, found), all);
  assert.deepEqual(await through(vera, found), all);
});

test('closed: the adult closes her account, and every way in is shut, her mother’s too', async () => {
  await moveTo(noon('2045-02-01'));
  const hers = await app.launch(browser, juno, 'juno');
  const mothers = await app.launch(browser, vera, 'juno');
  assert.ok(hers.offered && mothers.offered);
  await chapter(async ({ page, see, press, family }) => {
    await family(juno);
    await page.goto(`${base}/account/close`);
    const proof = page.locator('input[name=password]');
    if (await proof.count()) {
      await proof.fill(juno.password);
      await press('Continue');
    }
    await page.getByRole('heading', { level: 1, name: 'Close my account' }).waitFor();
    await see('closed-before');
    const told = await page.locator('main').innerText();
    assert.match(told, /Vera Quinn/);
    await page.check('input[name=sure]');
    await press('Close my account');
    await page.getByRole('heading', { level: 1, name: 'Your account is closed' }).waitFor();
    await see('closed-after');
  });
  for (const seen of [hers, mothers]) {
    assert.equal(await seen.ask('Patient/juno'), 401);
    await seen.close();
  }
  const later = await app.launch(browser, vera, 'juno');
  assert.equal(later.offered, false);
  await chapter(async ({ page, see, family }) => {
    await page.goto(`${base}/account/sign-in`);
    await signIn(page, juno);
    await page.locator('[role=alert]').waitFor();
    await see('closed-sign-in');
    await family(vera);
    await see('closed-mother');
    assert.doesNotMatch(await page.locator('main').innerText(), /You see/);
  });
  // The record itself, and who looked at it, stay with the practice.
  const write = await practice();
  assert.equal((await write('GET', 'Patient/juno')).id, 'juno');
  assert.ok((await write('GET', 'Encounter?patient=juno')).total >= 4);
});
