/** What a family's story needs around its browser: the clock, the mailbox, the practice's own system that writes the
 * record, staff who decide, and a SMART app of somebody else's made with nothing but `fhirclient`. */

import assert from 'node:assert/strict';
import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { base, client, fhir, manifest, signIn } from '@kinchart/shared/testing/demo';

const library = readFileSync(createRequire(import.meta.url).resolve('fhirclient/build/fhir-client.js'));

/** Moves the server's clock to an RFC 3339 instant. */
export async function moveTo(now) {
  const body = JSON.stringify({ now });
  const answer = await fetch(`${base}/demo/clock`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body,
  });
  assert.equal(answer.status, 200, await answer.text());
}

async function serverNow() {
  return Date.parse((await (await fetch(`${base}/demo/clock`)).json()).now);
}

/** The newest mail to an address that `fits`, waited for: what time brings is done by a chore of the server. */
export async function mail(to, fits, milliseconds = 15_000) {
  const until = Date.now() + milliseconds;
  for (;;) {
    const all = await (await fetch(`${base}/demo/mailbox`)).json();
    const found = all.find((one) => one.to === to && fits(one));
    if (found) return found;
    const others = all.filter((one) => one.to === to).map((one) => one.subject);
    assert.ok(Date.now() < until, `no such mail to ${to}; there are: ${others}`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

const part = (value) => Buffer.from(value).toString('base64url');

/** A token of the practice's own system, which proves itself with its key. */
async function systemToken() {
  const app = client('backend');
  const now = Math.floor((await serverNow()) / 1000);
  const address = `${base}/oauth2/token`;
  const claims = { iss: app.client_id, sub: app.client_id, aud: address, exp: now + 240, jti: randomUUID() };
  const jwk = app.private_jwk;
  const text = [{ alg: jwk.alg, kid: jwk.kid, typ: 'JWT' }, claims].map((one) => part(JSON.stringify(one))).join('.');
  const signature = sign('sha384', Buffer.from(text), createPrivateKey({ key: jwk, format: 'jwk' }));
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: 'system/*.cruds',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: `${text}.${part(signature)}`,
  });
  const answer = await (await fetch(address, { method: 'POST', body })).json();
  assert.ok(answer.access_token, JSON.stringify(answer));
  return answer.access_token;
}

/** What the practice's own system may do at the clock's time. */
export const practice = async () => fhir(await systemToken());

const READY = `FHIR.oauth2.ready().then((client) => { window.app = client; document.title = 'ready'; })
  .catch((error) => { document.title = 'failed: ' + error; });`;
const start = (scope) => `FHIR.oauth2.authorize({
  iss: ${JSON.stringify(manifest.fhir_base)}, clientId: 'public-app', redirectUri: '/callback', pkceMode: 'required',
  scope: ${JSON.stringify(scope)},
});`;
const SCOPE = 'launch/patient openid fhirUser offline_access patient/*.rs';

/** An app of another origin that knows nothing but the server's address, served until it is stopped. */
export async function stockApp() {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://app').pathname;
    if (path === '/fhir-client.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end(library);
    const script = { '/launch': start(SCOPE), '/callback': READY }[path];
    if (!script) return response.writeHead(404).end();
    const scripts = `<script src="/fhir-client.js"></script><script>${script}</script>`;
    const html = `<!doctype html><title>waiting</title>${scripts}`;
    return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  });
  await new Promise((ready, failed) => server.on('error', failed).listen(0, '127.0.0.1', ready));
  const origin = `http://127.0.0.1:${server.address().port}`;
  /** The app in a tab of its own, launched by a person for a patient. `ask` asks FHIR as the app does and gives the
   * resources, or the status of a refusal; where the patient is not offered, `text` is what the page says instead. */
  const launch = async (browser, person, patient) => {
    const context = await browser.newContext({ timezoneId: 'America/New_York' });
    const page = await context.newPage();
    await page.goto(`${origin}/launch`);
    await page.waitForURL(`${base}/account/**`);
    await signIn(page, person);
    const approve = page.locator('button[name=decision][value=approve]');
    await page.waitForURL((url) => url.pathname !== '/account/sign-in');
    await page.locator('main h1').waitFor();
    const choice = page.locator(`input[name=patient][value="${patient}"]`);
    if (!(await approve.count()) || !(await choice.count()) || (await choice.isDisabled())) {
      const text = await page.locator('main').innerText();
      await context.close();
      return { offered: false, text };
    }
    if ((await choice.getAttribute('type')) === 'radio') await choice.check();
    await approve.first().click();
    await page.waitForURL(`${origin}/callback**`);
    await page.waitForFunction(() => document.title !== 'waiting');
    assert.equal(await page.title(), 'ready');
    const ask = (path) =>
      page.evaluate(
        (wanted) =>
          globalThis.app.request(wanted, { flat: true, pageLimit: 0 }).then(
            (found) => found,
            (fault) => fault.status ?? String(fault),
          ),
        path,
      );
    assert.equal(await page.evaluate(() => globalThis.app.patient.id), patient);
    return { offered: true, ask, close: () => context.close() };
  };
  return { launch, stop: () => server.close() };
}
