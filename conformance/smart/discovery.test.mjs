// Section 1: what an app finds before it asks for anything. Sections 6.2-6.4: the same for OpenID.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APP_ORIGIN, base, get, iss } from "./flow.mjs";

const smart = async (headers) => {
  const response = await fetch(`${iss}/.well-known/smart-configuration`, { headers: { accept: "application/json", ...headers } });
  return { response, body: await response.json() };
};

test("1.1 smart-configuration is JSON, needs no token, and its addresses are absolute", async () => {
  const { response, body } = await smart();
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^application\/json/);
  for (const name of Object.keys(body).filter((key) => /_endpoint$|_uri$/.test(key))) {
    assert.match(body[name], /^https?:\/\//, name);
  }
});

test("1.2 the required fields are there, and plain PKCE is not", async () => {
  const { body } = await smart();
  for (const name of ["authorization_endpoint", "token_endpoint", "introspection_endpoint", "issuer", "jwks_uri"]) {
    assert.equal(typeof body[name], "string", name);
    assert.notEqual(body[name], "", name);
  }
  assert.ok(body.capabilities.length && body.capabilities.every((one) => typeof one === "string"));
  assert.ok(body.grant_types_supported.includes("authorization_code"));
  assert.ok(body.code_challenge_methods_supported.includes("S256"));
  assert.ok(!body.code_challenge_methods_supported.includes("plain"));
});

test("1.3 discovery and metadata are shared with apps of other origins", async () => {
  for (const path of [".well-known/smart-configuration", "metadata"]) {
    const response = await get(null, path, { origin: APP_ORIGIN });
    assert.equal(response.status, 200, path);
    assert.ok(["*", APP_ORIGIN].includes(response.headers.get("access-control-allow-origin")), path);
  }
});

test("1.4 every capability of the standalone groups is announced", async () => {
  const { body } = await smart();
  const wanted = [
    "launch-standalone", "client-public", "client-confidential-symmetric", "client-confidential-asymmetric",
    "sso-openid-connect", "context-standalone-patient", "permission-offline", "permission-patient", "authorize-post",
    "permission-v2", "permission-v1",
  ];
  assert.deepEqual(wanted.filter((one) => !body.capabilities.includes(one)), []);
});

test("1.5 scopes_supported holds v2 resource scopes", async () => {
  const { body } = await smart();
  assert.ok(body.scopes_supported.some((scope) => /^(patient|user|system)\/([A-Z][A-Za-z]+|\*)\.c?r?u?d?s?(\?.*)?$/.test(scope)));
});

test("1.6 the ways and algorithms of client authentication are named", async () => {
  const { body } = await smart();
  assert.ok(body.token_endpoint_auth_methods_supported.includes("private_key_jwt"));
  assert.ok(body.token_endpoint_auth_signing_alg_values_supported.includes("RS384"));
  assert.ok(body.token_endpoint_auth_signing_alg_values_supported.includes("ES384"));
});

test("6.2-6.4 OpenID discovery has its fields and leads to importable RSA keys", async () => {
  const response = await fetch(`${base}/.well-known/openid-configuration`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^application\/json/);
  const body = await response.json();
  const fields = [
    "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported",
    "subject_types_supported", "id_token_signing_alg_values_supported",
  ];
  for (const field of fields) assert.ok(body[field], field);
  assert.ok(body.id_token_signing_alg_values_supported.includes("RS256"));
  const { keys } = await (await fetch(body.jwks_uri)).json();
  const rsa = keys.filter((key) => key.kty === "RSA");
  assert.ok(rsa.length >= 1);
  for (const key of rsa) {
    await crypto.subtle.importKey("jwk", key, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, false, ["verify"]);
    for (const secret of ["d", "p", "q", "dp", "dq", "qi"]) assert.equal(key[secret], undefined);
  }
});
