// Section 9.11: what a certification takes a person's word for, looked at here.

import assert from "node:assert/strict";
import { FULL, REDIRECT, asserted, authorize, base, client, form, iss, launch, manifest, refresh, request } from "../flow.mjs";
import { Person } from "../../fhirclient/person.mjs";
import { configuration, isOneOf, reads } from "./desk.mjs";
import { READS, asymmetric, register, serve, served, keyPair } from "./kinds.mjs";

const DAY = 24 * 3600;

const clock = (body) =>
  fetch(`${base}/demo/clock`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

// The text of the page that asks the person.
async function approvalPage(app, scope) {
  const asked = request(app, scope);
  const person = new Person();
  const who = manifest.users.find((user) => user.key === "ana");
  let view = await person.open(`${base}/oauth2/authorize?${new URLSearchParams(asked.params)}`);
  view = await person.submit(view, { username: who.username, password: who.password });
  return view.page.text.replaceAll(/\s+/g, " ");
}

export const points = [
  ["9.11.1", "an app registers itself and works at once", async () => {
    const app = { ...(await register({ token_endpoint_auth_method: "none" })), type: "public" };
    const { token } = await launch(app, READS);
    await reads(token.access_token, `Patient/${token.patient}`, "Patient");
  }],
  ["9.11.2", "the approval page names every resource asked for, in words", async () => {
    const text = await approvalPage(client("public-app"), "launch/patient patient/Immunization.rs patient/Condition.rs patient/Coverage.rs");
    for (const word of [/vaccin/i, /condition/i, /insurance/i]) assert.match(text, word);
  }],
  ["9.11.3", "the approval page tells what offline_access means, and only where it was asked for", async () => {
    assert.match(await approvalPage(client("public-app"), FULL), /while you are away|without you/i);
    assert.doesNotMatch(await approvalPage(client("public-app"), "launch/patient patient/Patient.rs"), /Keep access while you are away/i);
  }],
  ["9.11.4", "refresh tokens live three months and as long again from each use, public apps' too", async () => {
    const apps = ["confidential-app", "public-app"].map(client);
    let tokens = [];
    for (const app of apps) tokens.push((await launch(app, FULL)).token.refresh_token);
    try {
      for (const days of [92, 184]) {
        await clock({ now: new Date(Date.parse(manifest.now) + days * DAY * 1000).toISOString() });
        const next = [];
        for (const [at, app] of apps.entries()) {
          const response = await refresh(app, tokens[at]);
          const answer = await response.json();
          assert.equal(response.status, 200, `after ${days} days: ${JSON.stringify(answer)}`);
          next.push(answer.refresh_token ?? tokens[at]);
        }
        tokens = next;
      }
    } finally {
      await clock({ now: manifest.now });
    }
  }],
  ["9.11.5", "the documentation for developers is public", async () => {
    const response = await fetch(`${base}/developer/docs/quickstart`);
    assert.equal(response.status, 200);
    assert.match(await response.text(), /smart/i);
  }],
  ["9.11.6", "a key set at an address is kept as long as its Cache-Control says, and asked again for an unknown key", async () => {
    const first = keyPair("RS384");
    const path = `/${first.public.kid}.json`;
    const address = await serve(path, [first.public], "max-age=3600");
    const app = { ...(await register({ token_endpoint_auth_method: "private_key_jwt", jwks_uri: address })), private_jwk: first.private };
    const { token } = await launch(app, READS);
    const fetched = served.get(path).fetched;
    const renewed = await refresh(app, token.refresh_token);
    assert.equal(renewed.status, 200);
    assert.equal(served.get(path).fetched, fetched, "fetched again although it may be kept");
    const second = keyPair("ES384");
    served.get(path).keys.push(second.public);
    // A server may wait a little before it asks the same address again.
    await clock({ advance_seconds: 120 });
    const answer = await refresh({ ...app, private_jwk: second.private }, (await renewed.json()).refresh_token);
    assert.equal(answer.status, 200, "a key added since is not taken");
    await clock({ now: manifest.now });
    assert.equal(served.get(path).fetched, fetched + 1);
  }],
  ["9.11.7", "native public apps get refresh tokens that work once each", async () => {
    const app = client("public-app");
    const { token } = await launch(app, FULL);
    const next = await (await refresh(app, token.refresh_token)).json();
    assert.notEqual(next.refresh_token, token.refresh_token);
    isOneOf((await refresh(app, token.refresh_token)).status, [400, 401]);
  }],
  ["9.11.8", "service base addresses are public", async () => {
    const { user_access_brand_bundle: brands } = (await configuration()).body;
    assert.ok(brands, "user_access_brand_bundle is not told");
    const bundle = await (await fetch(brands)).json();
    const endpoints = bundle.entry.map((entry) => entry.resource).filter((one) => one.resourceType === "Endpoint");
    assert.ok(endpoints.some((one) => one.address.replace(/\/$/, "") === iss));
  }],
  ["9.11.9", "the parts offered hold clinical tests", async () => {
    const text = await approvalPage(client("public-app"), "launch/patient patient/Observation.rs");
    assert.match(text, /clinical tests/i);
  }],
  ["9.11.10", "a backend registers itself, waits or works in a sandbox, and never gets more than was registered", async () => {
    const app = await asymmetric("RS384", "inline", { grant_types: ["client_credentials"], response_types: [], redirect_uris: [], scope: "system/Patient.rs" });
    const fields = { grant_type: "client_credentials", ...asserted(app) };
    const more = await form("/oauth2/token", { ...fields, scope: "system/Observation.rs" });
    isOneOf(more.status, [400, 401]);
  }],
  ["9.11.11", "an app may be sent back to the address it registered and to no other", async () => {
    const app = { ...(await register({ token_endpoint_auth_method: "none" })), type: "public" };
    const back = await authorize(request(app, READS));
    assert.equal(back.origin + back.pathname, REDIRECT);
    const asked = request(app, READS, { redirect_uri: "https://elsewhere.example/callback" });
    const response = await fetch(`${base}/oauth2/authorize?${new URLSearchParams(asked.params)}`, { redirect: "manual" });
    assert.equal(response.headers.get("location"), null);
  }],
];
