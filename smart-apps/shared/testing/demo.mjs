/** The running demonstration, as its manifest tells of it: its people, its apps, and ways in for both. */

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

const file = process.env.KINCHART_MANIFEST;
if (!file) throw new Error('KINCHART_MANIFEST must name the manifest that kinchart demo wrote');

export const manifest = JSON.parse(readFileSync(file, 'utf8'));
export const base = (process.env.KINCHART_BASE_URL ?? manifest.base_url).replace(/\/$/, '');
export const user = (key) => manifest.users.find((one) => one.key === key);
export const client = (key) => manifest.clients.find((one) => one.key === key);

/** Fills in the sign-in page that is, or comes to be, open. */
export async function signIn(page, person) {
  await page.locator('input[name=username]').waitFor();
  await page.fill('input[name=username]', person.username);
  await page.fill('input[name=password]', person.password);
  await page.locator('form:has(input[name=password]) button').first().click();
}

/** A launch of an app: the address at which it begins, and how it exchanges the code it is given. */
export function launching(app, scope, callback = app.redirect_uris[0]) {
  const verifier = randomBytes(48).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: app.client_id,
    redirect_uri: callback,
    scope,
    state: 'state',
    aud: manifest.fhir_base,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  return {
    address: `${base}/oauth2/authorize?${query}`,
    async exchange(code) {
      const fields = { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier };
      const body = new URLSearchParams({ ...fields, client_id: app.client_id });
      const answer = await fetch(`${base}/oauth2/token`, { method: 'POST', body });
      const token = await answer.json();
      assert.equal(answer.status, 200, JSON.stringify(token));
      return token.access_token;
    },
  };
}

/** FHIR with a token; faults are told. */
export function fhir(token) {
  return async (method, path, resource, status = [200, 201]) => {
    const answer = await fetch(`${manifest.fhir_base}/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
      body: resource && JSON.stringify(resource),
    });
    const said = await answer.text();
    assert.ok(status.includes(answer.status), `${method} ${path}: ${answer.status} ${said.slice(0, 600)}`);
    return said && JSON.parse(said);
  };
}

/** What a member of staff may do now, over the same operations the workspace uses. */
export async function staff(browser, key) {
  const launch = launching(client('clinic'), 'openid fhirUser user/*.cruds');
  // Without script the workspace itself does not use the code up.
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(launch.address);
  await signIn(page, user(key));
  await page.waitForURL(/[?&]code=/);
  const code = new URL(page.url()).searchParams.get('code');
  await context.close();
  return fhir(await launch.exchange(code));
}
