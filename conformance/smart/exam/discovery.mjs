// Section 1: what an app finds before it asks for anything.

import assert from "node:assert/strict";
import { APP_ORIGIN, base, get, iss } from "../flow.mjs";
import { configuration, hasAll, isShared } from "./desk.mjs";

const announces = (...wanted) => async () => hasAll(wanted, (await configuration()).body.capabilities);
const SCOPE = /^(patient|user|system|\*)\/([A-Z][A-Za-z]+|\*)\.c?r?u?d?s?(\?[^=]+=.+)?$/;

export const points = [
  ["1.1", "smart-configuration: 200, JSON, no token needed, absolute addresses", async () => {
    const { response, body } = await configuration();
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type"), /^application\/json/);
    for (const [name, value] of Object.entries(body)) {
      if (/_endpoint$|_uri$|_bundle$/.test(name)) assert.match(value, /^https?:\/\//, name);
    }
  }],
  ["1.2", "required fields are there, S256 without plain, issuer and jwks_uri beside sso-openid-connect", async () => {
    const { body } = await configuration();
    for (const name of ["authorization_endpoint", "token_endpoint"]) assert.ok(body[name] && typeof body[name] === "string", name);
    assert.ok(body.capabilities.length && body.capabilities.every((one) => typeof one === "string"));
    assert.ok(body.grant_types_supported.includes("authorization_code"));
    assert.ok(body.code_challenge_methods_supported.includes("S256"));
    assert.ok(!body.code_challenge_methods_supported.includes("plain"));
    const signsIn = body.capabilities.includes("sso-openid-connect");
    assert.equal(typeof body.issuer, signsIn ? "string" : "undefined");
    if (signsIn) assert.equal(typeof body.jwks_uri, "string");
  }],
  ["1.3", "smart-configuration and metadata are shared with apps of other origins", async () => {
    for (const path of [".well-known/smart-configuration", "metadata"]) {
      const response = await get(null, path, { origin: APP_ORIGIN });
      assert.equal(response.status, 200, path);
      isShared(response);
    }
  }],
  ["1.4.1", "capabilities of the standalone groups", announces(
    "launch-standalone", "client-public", "client-confidential-symmetric", "client-confidential-asymmetric",
    "sso-openid-connect", "context-standalone-patient", "permission-offline", "permission-patient", "authorize-post",
    "permission-v2", "permission-v1",
  )],
  ["1.4.2", "capabilities of the EHR launch groups, encounter context included", announces(
    "launch-ehr", "client-confidential-symmetric", "client-confidential-asymmetric", "sso-openid-connect",
    "context-banner", "context-style", "context-ehr-patient", "context-ehr-encounter", "permission-offline",
    "permission-user", "authorize-post", "permission-v2", "permission-v1",
  )],
  ["1.4.3", "capabilities of International Patient Access", announces(
    "launch-standalone", "context-standalone-patient", "permission-patient", "permission-offline", "sso-openid-connect",
    "client-public", "client-confidential-asymmetric",
  )],
  ["1.4.4", "health-cards is announced exactly where health cards are issued", async () => {
    const statement = await (await get(null, "metadata")).json();
    const operations = statement.rest[0].resource.find((one) => one.type === "Patient").operation ?? [];
    const issues = operations.some((one) => one.name === "health-cards-issue");
    assert.equal((await configuration()).body.capabilities.includes("health-cards"), issues);
    return issues ? "issued" : "none are issued";
  }],
  ["1.5", "scopes_supported holds v2 resource scopes, introspection_endpoint is told", async () => {
    const { body } = await configuration();
    assert.ok(body.scopes_supported.some((scope) => SCOPE.test(scope)));
    assert.equal(typeof body.introspection_endpoint, "string");
  }],
  ["1.6", "client authentication names private_key_jwt and RS384 or ES384", async () => {
    const { body } = await configuration();
    assert.ok(body.token_endpoint_auth_methods_supported.includes("private_key_jwt"));
    hasAll(["RS384", "ES384"], body.token_endpoint_auth_signing_alg_values_supported);
    assert.ok(body.scopes_supported.length > 0);
  }],
  ["1.7", "introspection, management, registration and revocation are told, and answer", async () => {
    const { body } = await configuration();
    for (const name of ["introspection_endpoint", "management_endpoint", "registration_endpoint", "revocation_endpoint"]) {
      assert.equal(typeof body[name], "string", `${name} is not told`);
      const response = await fetch(body[name], { redirect: "manual" });
      assert.notEqual(response.status, 404, name);
      assert.ok(response.status < 500, `${name} ${response.status}`);
    }
    assert.equal(new URL(body.issuer).origin, new URL(base).origin);
    assert.ok(iss.startsWith(base));
  }],
];
