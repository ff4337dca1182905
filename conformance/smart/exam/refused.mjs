// Section 9: requests that must not succeed.

import assert from "node:assert/strict";
import { FULL, IDENTITY, authorize, base, client, exchange, form, request } from "../flow.mjs";
import { isOneOf } from "./desk.mjs";

const withoutProof = (verifier) => async () => {
  for (const key of ["public-app", "confidential-app"]) {
    const asked = request(client(key), `${IDENTITY} patient/Patient.read`);
    const back = await authorize(asked);
    const response = await exchange(asked, back.searchParams.get("code"), { code_verifier: verifier(asked) });
    isOneOf(response.status, [400, 401]);
    const { error, access_token: token } = await response.json();
    assert.ok(error && !token);
  }
};

export const points = [
  ["9.4", "aud of somebody else: no code, an error with the state", async () => {
    const asked = request(client("confidential-app"), FULL, { aud: "https://inferno.healthit.gov/invalid_aud" });
    const response = await fetch(`${base}/oauth2/authorize?${new URLSearchParams(asked.params)}`, { redirect: "manual" });
    const back = new URL(response.headers.get("location"));
    assert.ok(back.searchParams.get("error"));
    assert.equal(back.searchParams.get("state"), asked.params.state);
    assert.equal(back.searchParams.get("code"), null);
  }],
  ["9.17.1", "BAD_CODE: 400 exactly", async () => {
    const response = await exchange(request(client("confidential-app"), FULL), "BAD_CODE");
    assert.equal(response.status, 400);
    assert.equal((await response.json()).error, "invalid_grant");
  }],
  ["9.17.2", "the right code by BAD_CLIENT_ID: 400 or 401", async () => {
    const app = client("confidential-app");
    const asked = request(app, FULL);
    const code = (await authorize(asked)).searchParams.get("code");
    const basic = Buffer.from(`BAD_CLIENT_ID:${app.client_secret}`).toString("base64");
    const fields = { grant_type: "authorization_code", code, redirect_uri: asked.params.redirect_uri, code_verifier: asked.verifier };
    isOneOf((await form("/oauth2/token", fields, { authorization: `Basic ${basic}` })).status, [400, 401]);
  }],
  ["9.18.1", "no code_verifier: 400 or 401", withoutProof(() => undefined)],
  ["9.18.2", "a blank code_verifier: 400 or 401", withoutProof(() => "")],
  ["9.18.3", "a random code_verifier: 400 or 401", withoutProof(() => `${crypto.randomUUID()}-${crypto.randomUUID()}`)],
  ["9.18.4", "the challenge as code_verifier: 400 or 401", withoutProof((asked) => asked.params.code_challenge)],
];
