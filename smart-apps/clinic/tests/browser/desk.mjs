/** What the browser tests of the workspace share: the demonstration's people, and signing in as one of them. */

import { launch, shots, visitor } from '@kinchart/shared/testing/browser';
import { base, manifest, signIn } from '@kinchart/shared/testing/demo';

export { base, manifest };

export const staff = (role) => manifest.users.find((user) => user.role === role);

/** What went wrong on any page. */
export const faults = [];
let browser;

export async function open() {
  browser = await launch();
}

export async function close() {
  await browser?.close();
  console.log(`pictures: ${shots}`);
}

/** A fresh profile at the door. */
export function arrive(options = {}) {
  return visitor(browser, { base, faults, ...options });
}

/** A fresh profile, signed in to the workspace. */
export async function signedIn(user, options = {}) {
  const { context, page } = await arrive(options);
  page.setDefaultTimeout(15_000);
  await page.goto(`${base}/apps/clinic/`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await signIn(page, user);
  await through(page, '/apps/clinic/');
  return { context, page };
}

/** Says yes on the page that asks, if there is one, until the app is back. */
export async function through(page, place) {
  const back = (url) => url.pathname === place && !url.search;
  const approve = page.locator('button[name=decision][value=approve]');
  await page.waitForURL((url) => back(url) || url.pathname === '/account/consent');
  if (new URL(page.url()).pathname === '/account/consent') await approve.click();
  await page.waitForURL(back);
}

/** Waits until nothing is being fetched for the page any more. */
export async function settled(page) {
  await page.waitForFunction(
    () => document.querySelector('h1') && document.querySelectorAll('.waiting').length === 0,
  );
}

export async function openChart(page, patient) {
  // The page must have read its own address before it is given another one.
  await page.getByRole('searchbox').waitFor();
  await page.goto(`${base}/apps/clinic/#/patient/${patient}`);
  await page.locator('.banner h1').waitFor();
  await settled(page);
}
