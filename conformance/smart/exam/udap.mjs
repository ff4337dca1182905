// Section 12: UDAP, discovery and the signature over it.

import assert from "node:assert/strict";
import { X509Certificate, verify } from "node:crypto";
import { base, decode, iss } from "../flow.mjs";
import { hasAll, once } from "./desk.mjs";

const told = once(async () => {
  const response = await fetch(`${iss}/.well-known/udap`);
  assert.equal(response.status, 200, "/.well-known/udap under the FHIR base");
  return response.json();
});

export const points = [
  ["12.6", "UDAP discovery has its fields", async () => {
    const body = await told();
    assert.deepEqual(body.udap_versions_supported, ["1"]);
    hasAll(["udap_dcr", "udap_authn", "udap_authz"], body.udap_profiles_supported);
    hasAll(["hl7-b2b"], body.udap_authorization_extensions_supported);
    hasAll(["authorization_code", "client_credentials"], body.grant_types_supported);
    assert.deepEqual(body.token_endpoint_auth_methods_supported, ["private_key_jwt"]);
    hasAll(["RS256"], body.token_endpoint_auth_signing_alg_values_supported);
    for (const name of ["authorization_endpoint", "token_endpoint", "registration_endpoint"]) assert.match(body[name], /^https?:/);
  }],
  ["12.7", "signed_metadata verifies with its certificate and is about this server", async () => {
    const body = await told();
    const { header, claims } = decode(body.signed_metadata);
    const leaf = new X509Certificate(Buffer.from(header.x5c[0], "base64"));
    const [head, payload, signature] = body.signed_metadata.split(".");
    assert.ok(verify("sha256", Buffer.from(`${head}.${payload}`), leaf.publicKey, Buffer.from(signature, "base64url")));
    assert.equal(claims.iss, iss);
    assert.equal(claims.sub, iss);
    assert.ok(leaf.subjectAltName.includes(`URI:${iss}`), leaf.subjectAltName);
    assert.ok(claims.exp <= claims.iat + 366 * 24 * 3600 && claims.jti);
    for (const name of ["token_endpoint", "registration_endpoint", "authorization_endpoint"]) assert.equal(claims[name], body[name]);
  }],
  ["12.8", "the same is found at the root of the server", async () => {
    assert.equal((await fetch(`${base}/.well-known/udap`)).status, 200);
  }],
];
