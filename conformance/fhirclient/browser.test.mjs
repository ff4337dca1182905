// The same library as a page in a real browser: an app of another origin that knows nothing but the server's address.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const base = process.env.KINCHART_BASE_URL;
const manifest = JSON.parse(readFileSync(process.env.KINCHART_MANIFEST, "utf8"));
const ana = manifest.users.find((user) => user.key === "ana");
const library = readFileSync(createRequire(import.meta.url).resolve("fhirclient/build/fhir-client.js"));

const page = (script) =>
  `<!doctype html><title>App</title><p id="seen"></p><script src="/fhir-client.js"></script><script>${script}</script>`;

const LAUNCH = `FHIR.oauth2.authorize({
  iss: ${JSON.stringify(manifest.fhir_base)}, clientId: "public-app", redirectUri: "/callback", pkceMode: "required",
  scope: "launch/patient openid fhirUser offline_access patient/Patient.rs patient/Observation.rs",
});`;
const READY = `FHIR.oauth2.ready().then(async (client) => {
  const patient = await client.patient.read();
  const results = await client.request("Observation?patient=" + client.patient.id + "&category=laboratory", { flat: true });
  const user = await client.user.read();
  document.querySelector("#seen").textContent = JSON.stringify({ patient: patient.id, results: results.length, user: user.id });
}).catch((error) => { document.querySelector("#seen").textContent = "failed: " + error; });`;

let browser;
const app = createServer((request, response) => {
  const path = new URL(request.url, "http://app").pathname;
  if (path === "/fhir-client.js") return response.writeHead(200, { "content-type": "text/javascript" }).end(library);
  const script = { "/launch": LAUNCH, "/callback": READY }[path];
  if (!script) return response.writeHead(404).end();
  return response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page(script));
});

before(async () => {
  await new Promise((ready, failed) => app.on("error", failed).listen(8765, "127.0.0.1", ready));
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
  });
});
after(async () => {
  await browser?.close();
  app.close();
});

test("an app in a browser launches and reads across origins", async () => {
  const tab = await (await browser.newContext()).newPage();
  await tab.goto("http://127.0.0.1:8765/launch");
  await tab.waitForURL(`${base}/account/**`);
  await tab.fill("input[name=username]", ana.username);
  await tab.fill("input[name=password]", ana.password);
  await tab.locator("form:has(input[name=password]) button").first().click();
  await tab.locator(`input[name=patient][value="${ana.patient}"]`).check();
  await tab.locator("button[name=decision][value=approve]").click();
  await tab.waitForURL("http://127.0.0.1:8765/callback**");
  await tab.waitForFunction(() => document.querySelector("#seen").textContent !== "");
  const text = await tab.locator("#seen").textContent();
  assert.ok(text.startsWith("{"), text);
  const seen = JSON.parse(text);
  assert.equal(seen.patient, ana.patient);
  assert.equal(seen.user, ana.patient);
  assert.ok(seen.results > 0);
});
