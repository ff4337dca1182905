// Section 10: backend services.

import assert from "node:assert/strict";
import { asserted, client, form } from "../flow.mjs";
import { checkToken, isOneOf, reads } from "./desk.mjs";

const ask = (fields) =>
  form("/oauth2/token", { grant_type: "client_credentials", scope: "system/*.rs", ...asserted(client("backend")), ...fields });

const good = async (scope) => {
  const response = await ask({ scope });
  const token = await response.json();
  checkToken(response, token);
  return token;
};

const now = () => Math.floor(Date.now() / 1000);
const refused = (make) => async () => {
  const response = await ask(make(client("backend")));
  isOneOf(response.status, [400, 401]);
  assert.ok((await response.json()).error);
};

export const points = [
  ["10.1", "an unknown grant_type: 400 exactly, with and without a client", async () => {
    assert.equal((await ask({ grant_type: "not_a_grant_type" })).status, 400);
    assert.equal((await form("/oauth2/token", { grant_type: "not_a_grant_type" })).status, 400);
  }],
  ["10.2", "an unknown client_assertion_type: 400 or 401", refused(() => ({ client_assertion_type: "not_an_assertion_type" }))],
  ["10.3.1", "iss of somebody else: 400 or 401", refused((app) => asserted(app, { iss: "not-me" }))],
  ["10.3.2", "sub of somebody else: 400 or 401", refused((app) => asserted(app, { sub: "not-me" }))],
  ["10.3.3", "a wrong signature: 400 or 401", refused((app) => {
    const fields = asserted(app);
    return { ...fields, client_assertion: `${fields.client_assertion.slice(0, -8)}AAAAAAAA` };
  })],
  ["10.3.4", "expired: 400 or 401", refused((app) => asserted(app, { exp: now() - 600 }))],
  ["10.3.5", "good for too long: 400 or 401", refused((app) => asserted(app, { exp: now() + 3600 }))],
  ["10.3.6", "aud of another server: 400 or 401", refused((app) => asserted(app, { aud: "https://elsewhere.example/token" }))],
  ["10.3.7", "alg none and alg HS256: 400 or 401", async () => {
    await refused((app) => asserted(app, {}, { alg: "none" }))();
    await refused((app) => asserted(app, {}, { alg: "HS256" }))();
  }],
  ["10.3.8", "the same jti twice: 400 or 401 the second time", async () => {
    const fields = asserted(client("backend"));
    isOneOf((await ask(fields)).status, [200, 201]);
    isOneOf((await ask(fields)).status, [400, 401]);
  }],
  ["10.4", "a good assertion: token, type, lifetime and scope", async () => {
    const token = await good("system/*.rs");
    await reads(token.access_token, "Patient?_count=1", "Bundle");
  }],
  ["10.5", "system scopes in v1 words too", async () => {
    await reads((await good("system/*.read")).access_token, "Patient?_count=1", "Bundle");
  }],
  ["10.6", "the token lives five minutes at most and cannot be renewed", async () => {
    const token = await good("system/*.rs");
    assert.ok(token.expires_in <= 300);
    assert.equal(token.refresh_token, undefined);
  }],
];
