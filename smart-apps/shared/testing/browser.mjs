/** Headless Chromium, axe, and screenshots. */

import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export const sizes = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 900 },
};

const folder = process.env.APP_SHOTS ?? mkdtempSync(join(tmpdir(), 'app-shots-'));
mkdirSync(folder, { recursive: true });

/** Where the pictures of this run go. */
export const shots = folder;

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A fresh browser profile. Pages that load from elsewhere, or log an error, are noted as faults. */
export async function visitor(browser, { size = 'desktop', colorScheme = 'light', base, faults }) {
  const context = await browser.newContext({
    viewport: sizes[size],
    colorScheme,
    timezoneId: 'America/New_York',
    locale: 'en-US',
    // Only so that axe itself can be put into the page: the server's own policy is checked apart.
    bypassCSP: true,
  });
  const page = await context.newPage();
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== base && !['data:', 'blob:', 'about:'].includes(url.protocol)) {
      faults.push(`${size}: asked ${url.origin} for ${url.pathname}`);
    }
  });
  page.on('pageerror', (error) => faults.push(`${size}: ${error.message}`));
  return { context, page };
}

/** Takes a picture and runs axe; what axe finds is returned as one line each. */
export async function look(page, name) {
  await page.screenshot({
    path: join(folder, `${name}.png`),
    fullPage: name.startsWith('desktop'),
  });
  await page.evaluate(axe);
  const found = await page.evaluate(
    (values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values } }),
    rules,
  );
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  const lines = found.violations.map(
    (v) => `${name}: ${v.id}: ${v.help}: ${v.nodes[0]?.html.slice(0, 160)}`,
  );
  return wide ? [...lines, `${name}: the page is wider than the screen`] : lines;
}
