// Section 3: the exchange of a code, by every kind of client.

import assert from "node:assert/strict";
import { APP_ORIGIN, FULL, REDIRECT, authorize, base, client, exchange, form, launch, request } from "../flow.mjs";
import { checkToken, isNotStored, isShared, kid, publicLaunch, reads, standalone } from "./desk.mjs";
import { READS, asymmetric, register } from "./kinds.mjs";

const works = async (app, scope = FULL) => {
  const { response, token } = await launch(app, scope);
  checkToken(response, token);
  await reads(token.access_token, `Patient/${token.patient}`, "Patient");
};

const registered = (alg, by) => async () => works(await asymmetric(alg, by), READS);

const CONTEXT = ["reference", "canonical", "identifier"];

export const points = [
  ["3.1", "with a secret by Basic, the parts not percent-encoded, no client_id in the body", async () => {
    const { response, token } = await standalone();
    checkToken(response, token);
  }],
  ["3.2", "with a secret in the body (post)", async () => {
    const app = client("confidential-app");
    const asked = request(app, FULL);
    const back = await authorize(asked);
    const response = await form("/oauth2/token", {
      grant_type: "authorization_code",
      code: back.searchParams.get("code"),
      redirect_uri: REDIRECT,
      code_verifier: asked.verifier,
      client_id: app.client_id,
      client_secret: app.client_secret,
    });
    checkToken(response, await response.json());
  }],
  ["3.3", "public: client_id in the body, asked from another origin", async () => {
    const { response, token } = await publicLaunch();
    checkToken(response, token);
    isShared(response);
  }],
  ["3.4", "with keys: an ES384 assertion and no client_id", async () => works(client("asymmetric-app"))],
  ["3.5", "registered by itself, RS384, keys inline", registered("RS384", "inline")],
  ["3.6", "registered by itself, ES384, keys inline", registered("ES384", "inline")],
  ["3.7", "registered by itself, RS384, keys at an address", registered("RS384", "address")],
  ["3.8", "registered by itself, ES384, keys at an address", registered("ES384", "address")],
  ["3.9", "registered by itself, public and with a secret", async () => {
    await works(await register({ token_endpoint_auth_method: "none" }).then((app) => ({ ...app, type: "public" })), READS);
    await works(await register({ token_endpoint_auth_method: "client_secret_basic" }), READS);
  }],
  ["3.10", "access_token, token_type, expires_in (a number) and scope; every scope asked for is granted", async () => {
    const { token, scopes } = await standalone();
    assert.ok(token.expires_in >= 300, "long enough not to be renewed at each request");
    assert.deepEqual(FULL.split(" ").filter((scope) => !scopes.includes(scope)), []);
    assert.ok(token.patient && token.id_token && token.refresh_token);
  }],
  ["3.11", "the answer is not to be stored: Cache-Control no-store and Pragma no-cache", async () => {
    isNotStored((await standalone()).response);
    isNotStored((await publicLaunch()).response);
  }],
  ["3.12", "fhirContext holds objects with a reference, canonical or identifier", async () => {
    const { token } = await launch(client("public-app"), FULL, { patient: kid.patient });
    assert.ok(Array.isArray(token.fhirContext) && token.fhirContext.length > 0);
    for (const one of token.fhirContext) {
      assert.ok(CONTEXT.some((name) => one[name]), JSON.stringify(one));
      if (one.reference) assert.match(one.reference, /^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]+$/);
      if (one.type) assert.match(one.type, /^[A-Z][A-Za-z]+$/);
    }
  }],
  ["3.13", "a preflight of the token endpoint is answered", async () => {
    const headers = { origin: APP_ORIGIN, "access-control-request-method": "POST", "access-control-request-headers": "content-type" };
    const response = await fetch(`${base}/oauth2/token`, { method: "OPTIONS", headers });
    assert.ok([200, 204].includes(response.status));
    isShared(response);
    assert.match(response.headers.get("access-control-allow-methods"), /POST/);
  }],
  ["3.14", "a code is good once; its second use ends what the first gave", async () => {
    const asked = request(client("confidential-app"), FULL);
    const code = (await authorize(asked)).searchParams.get("code");
    const { access_token: token, patient } = await (await exchange(asked, code)).json();
    await reads(token, `Patient/${patient}`, "Patient");
    assert.equal((await exchange(asked, code)).status, 400);
    await assert.rejects(reads(token, `Patient/${patient}`));
  }],
];
