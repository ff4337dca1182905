/** Drives the portal on a running demonstration server. See README.md for what it needs. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, look, shots, visitor } from '@kinchart/shared/testing/browser';
import { base, manifest } from '@kinchart/shared/testing/demo';
import { chooseChart, open, settled, signIn } from './sign_in.mjs';

const ana = manifest.users.find((u) => u.patient && u.proxies.some((p) => p.age < 13));
const childOf = (low, high) =>
  ana.proxies.find((p) => p.relationship === 'parent' && p.age >= low && p.age < high);
const child = childOf(0, 12) ?? childOf(0, 13);
const teenager = childOf(13, 17) ?? childOf(13, 18);

const places = [
  'overview',
  'results',
  'medications',
  'immunizations',
  'allergies',
  'problems',
  'visits',
  'appointments',
  'messages',
  'bills',
  'about',
  'family',
];

let browser;
before(async () => {
  browser = await launch();
  console.log(`pictures: ${shots}`);
});
after(() => browser.close());

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

/** Follows the first link of a list into its detail page. */
async function openFirst(page, place, prefix, name, faults) {
  await open(page, place);
  const link = page.locator(`main a[href^="#/${prefix}"]`).first();
  assert.ok(await link.count(), `${place} has something to open`);
  await link.click();
  await page.waitForTimeout(60);
  await settled(page);
  faults.push(...(await look(page, name)));
}

for (const [size, colorScheme] of [
  ['phone', 'light'],
  ['desktop', 'light'],
  ['desktop', 'dark'],
]) {
  const run = `${size}-${colorScheme}`;
  test(`every page of an own chart, ${run}`, async () => {
    await withVisitor({ size, colorScheme }, async (page, faults) => {
      await page.goto(`${base}/apps/portal/`);
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      faults.push(...(await look(page, `${run}-welcome`)));
      await signIn(page, base, ana, ana.patient, async (name) => {
        faults.push(...(await look(page, `${run}-${name}`)));
      });
      await settled(page);
      assert.match(await page.locator('.chart-banner').innerText(), /Your own chart/);
      for (const place of places) {
        await open(page, place);
        assert.equal(await page.locator('h1').count(), 1, `${place} has one heading`);
        assert.equal(await page.getByRole('alert').count(), 0, `${place} shows no failure`);
        if (!['overview', 'family', 'about'].includes(place)) {
          assert.equal(
            await page.locator('.nothing').count(),
            0,
            `${place} has something real to show`,
          );
        }
        faults.push(...(await look(page, `${run}-${place}`)));
      }
      await openFirst(page, 'results', 'results/report', `${run}-report`, faults);
      await openFirst(page, 'results', 'results/test', `${run}-test`, faults);
      await openFirst(page, 'visits', 'visits/document', `${run}-document`, faults);
      await openFirst(page, 'messages', 'messages/', `${run}-thread`, faults);
      await openFirst(page, 'bills', 'bills/', `${run}-bill`, faults);
    });
  });
}

test('a trend is drawn, and its table has every value', async () => {
  await withVisitor({}, async (page) => {
    await signIn(page, base, ana, ana.patient);
    await open(page, 'results');
    const several = page.locator('a.row', { hasText: /\d+ results/ }).first();
    await several.click();
    await page.locator('.trend circle').first().waitFor();
    await settled(page);
    const points = await page.locator('.trend circle').count();
    const rows = await page.locator('tbody tr').count();
    assert.ok(points >= 2 && rows >= 2, `${points} points, ${rows} rows`);
    assert.match((await page.locator('.trend title').textContent()) ?? '', /over time/);
  });
});

test('a parent switches to a young child without a password, and sees the child’s chart', async () => {
  await withVisitor({ size: 'phone' }, async (page, faults) => {
    await signIn(page, base, ana, ana.patient);
    await settled(page);
    await page.getByRole('button', { name: 'Switch chart' }).click();
    await page.locator('input[name=patient]').first().waitFor();
    assert.equal(await page.locator('input[name=password]').count(), 0);
    await chooseChart(page, child.patient);
    await settled(page);
    assert.match(await page.locator('.chart-banner').innerText(), /You are acting as .+ for /);
    faults.push(...(await look(page, 'phone-child-overview')));
    await open(page, 'immunizations');
    assert.equal(await page.locator('.nothing').count(), 0);
  });
});

test('turning back while choosing someone else leaves the open chart as it was', async () => {
  await withVisitor({}, async (page) => {
    await signIn(page, base, ana, ana.patient);
    await settled(page);
    await page.getByRole('button', { name: 'Switch chart' }).click();
    await page.locator('button[name=decision][value=deny]').first().click();
    await settled(page);
    assert.match(await page.locator('.chart-banner').innerText(), /Your own chart/);
    await open(page, 'allergies');
    assert.equal(await page.getByRole('alert').count(), 0);
  });
});

test('a parent of a teenager sees personal details and a kind reason, and no other page', async () => {
  await withVisitor({}, async (page, faults) => {
    await signIn(page, base, ana, teenager.patient);
    await settled(page);
    await page.getByText('is old enough for some privacy').waitFor();
    const ways = await page.locator('nav.side a').allInnerTexts();
    const shared = manifest.policy === 'ct-exemplar' ? 4 : 2;
    assert.equal(ways.length, shared, ways.join());
    await open(page, 'results');
    assert.match(await page.locator('h1').innerText(), /^About /);
    faults.push(...(await look(page, 'desktop-teenager')));
  });
});

test('the keyboard reaches everything: skip link, focus after a change of page', async () => {
  await withVisitor({}, async (page) => {
    await signIn(page, base, ana, ana.patient);
    await settled(page);
    await page.reload();
    await settled(page);
    await page.keyboard.press('Tab');
    assert.equal(
      await page.evaluate(() => document.activeElement?.textContent),
      'Skip to the page',
    );
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
    await page.locator('nav.side a', { hasText: 'Allergies' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('h1', { hasText: 'Allergies' }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
    assert.match(await page.title(), /^Allergies · /);
  });
});

test('a dead token leads to a friendly page, and signing out leaves nothing behind', async () => {
  await withVisitor({ size: 'phone' }, async (page, faults) => {
    await signIn(page, base, ana, ana.patient);
    await settled(page);
    const kept = () => page.evaluate(() => Object.values(sessionStorage).join(' '));
    assert.match(await kept(), /access_token/);
    assert.equal(await page.evaluate(() => localStorage.length), 0);
    await page.evaluate(() => {
      const key = JSON.parse(sessionStorage.getItem('SMART_KEY'));
      const state = JSON.parse(sessionStorage.getItem(key));
      Object.assign(state.tokenResponse, { access_token: 'dead', refresh_token: 'dead' });
      sessionStorage.setItem(key, JSON.stringify(state));
    });
    await page.reload();
    await page.getByText('Please sign in again').waitFor();
    faults.push(...(await look(page, 'phone-expired')));
    assert.doesNotMatch(await kept(), /access_token/);
  });
  await withVisitor({}, async (page) => {
    await signIn(page, base, ana, ana.patient);
    await settled(page);
    const token = await page.evaluate(
      () =>
        JSON.parse(sessionStorage.getItem(JSON.parse(sessionStorage.getItem('SMART_KEY'))))
          .tokenResponse.access_token,
    );
    await page.locator('nav.side button', { hasText: 'Sign out' }).click();
    await page.waitForFunction(
      () => !Object.values(sessionStorage).join(' ').includes('access_token'),
    );
    const answer = await fetch(`${base}/fhir/Patient/${ana.patient}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(answer.status, 401);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('input[name=password]').waitFor();
  });
});

test('the portal obeys the content security policy it is served with', async () => {
  const answer = await fetch(`${base}/apps/portal/`);
  const policy = answer.headers.get('content-security-policy') ?? '';
  assert.doesNotMatch(policy, /unsafe-(inline|eval)/);
  const context = await browser.newContext();
  const page = await context.newPage();
  const refused = [];
  page.on(
    'console',
    (message) => message.text().includes('Content Security Policy') && refused.push(message.text()),
  );
  await signIn(page, base, ana, ana.patient);
  await settled(page);
  for (const place of places) await open(page, place);
  await openFirst(page, 'results', 'results/test', 'policy-test', []).catch(() => {});
  assert.deepEqual(refused, []);
  await context.close();
});

/** Moves the demonstration's clock for the length of some work. */
async function atTime(now, work) {
  const put = (body) =>
    fetch(`${base}/demo/clock`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const started = (await (await fetch(`${base}/demo/clock`)).json()).now;
  assert.ok((await put({ now })).ok);
  try {
    await work();
  } finally {
    await put({ now: started });
  }
}

/** The first instant of a birthday in the organization's zone, for a child about to reach it. */
async function birthday(page, age) {
  const born = await page.evaluate(async () => {
    const state = JSON.parse(
      sessionStorage.getItem(JSON.parse(sessionStorage.getItem('SMART_KEY'))),
    );
    const { patient, access_token } = state.tokenResponse;
    const headers = { authorization: `Bearer ${access_token}` };
    return (await (await fetch(`/fhir/Patient/${patient}`, { headers })).json()).birthDate;
  });
  const [year, month, day] = born.split('-').map(Number);
  const noon = new Date(Date.UTC(year + age, month - 1, day, 12));
  const zone = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/New_York',
    timeZoneName: 'longOffset',
  }).formatToParts(noon);
  const offset = zone.find((p) => p.type === 'timeZoneName').value.replace('GMT', '');
  const pad = (n) => String(n).padStart(2, '0');
  return Date.parse(`${year + age}-${pad(month)}-${pad(day)}T00:00:00${offset}`);
}

const clocked = (await fetch(`${base}/demo/clock`).catch(() => undefined))?.ok ?? false;
const turning13 = childOf(12, 13);
const turning18 = childOf(17, 18);

test(
  'on the thirteenth birthday an open chart closes down to personal details',
  { skip: !clocked || !turning13 },
  async () => {
    await withVisitor({ size: 'phone' }, async (page, faults) => {
      await signIn(page, base, ana, turning13.patient);
      await settled(page);
      await open(page, 'immunizations');
      assert.equal(await page.locator('.nothing').count(), 0);
      const instant = await birthday(page, 13);
      await atTime(new Date(instant - 60_000).toISOString(), async () => {
        await open(page, 'allergies');
        assert.equal(await page.getByText('old enough for some privacy').count(), 0);
      });
      await atTime(new Date(instant).toISOString(), async () => {
        await open(page, 'results');
        await page.getByText('is old enough for some privacy').waitFor();
        faults.push(...(await look(page, 'phone-thirteenth-birthday')));
      });
    });
  },
);

test(
  'on the eighteenth birthday the chart is gone, and the page says so kindly',
  { skip: !clocked || !turning18 },
  async () => {
    await withVisitor({ size: 'phone' }, async (page, faults) => {
      await signIn(page, base, ana, turning18.patient);
      await settled(page);
      await page.getByText('is old enough for some privacy').waitFor();
      const instant = await birthday(page, 18);
      await atTime(new Date(instant).toISOString(), async () => {
        await open(page, 'family');
        await page
          .getByRole('heading', { name: /You can no longer see this chart|Please sign in again/ })
          .waitFor();
        faults.push(...(await look(page, 'phone-eighteenth-birthday')));
      });
    });
  },
);
