/** The server's own pages, filled in by the field names they promise. */

import { signIn as fillIn } from '@kinchart/shared/testing/demo';

/** From the portal's first page to an open chart of `patient`. `onPage` sees each page on the way. */
export async function signIn(page, base, user, patient, onPage = async () => {}) {
  await page.goto(`${base}/apps/portal/`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('input[name=username]').waitFor();
  await onPage('sign-in');
  await fillIn(page, user);
  await chooseChart(page, patient, onPage);
}

/** The patient choice, and the consent page if one follows, until the portal has a chart open. */
export async function chooseChart(page, patient, onPage = async () => {}) {
  const opened = page.locator('.frame, .welcome h1');
  const choice = page.locator('input[name=patient]').first();
  const approve = page.locator('button[name=decision][value=approve]').first();
  for (let steps = 0; steps < 4; steps += 1) {
    await opened.or(choice).or(approve).first().waitFor();
    if (await opened.first().isVisible()) return;
    const choosing = (await choice.count()) > 0;
    await onPage(choosing ? 'choose' : 'consent');
    const wanted = page.locator(`input[name=patient][value="${patient}"]`);
    if (choosing && (await wanted.getAttribute('type')) === 'radio') await wanted.check();
    const before = page.url();
    await approve.click();
    await page.waitForURL((url) => url.href !== before || url.pathname.startsWith('/apps/portal'));
  }
}

/** Waits until a page of the portal has its record. */
export async function settled(page) {
  // A click changes the address first and the page a moment later: look only after that moment.
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30)))),
  );
  await page.locator('main h1, .welcome h1').first().waitFor();
  await page.waitForFunction(
    () => document.querySelectorAll('.waiting, .bone, [role=status]').length === 0,
  );
}

export async function open(page, place) {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/${place}`);
  await page.waitForTimeout(60);
  await settled(page);
}
