// Section 6: OpenID Connect.

import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { APP_ORIGIN, FULL, client, decode, iss, launch } from "../flow.mjs";
import { isShared, kid, once, standalone } from "./desk.mjs";

// Everything about one id_token.
export async function examined(token, audience) {
  const { header, claims } = decode(token.id_token);
  const at = `${claims.iss.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(at);
  const configuration = await response.json();
  const { keys } = await (await fetch(configuration.jwks_uri)).json();
  return { header, claims, response, configuration, keys, audience, token };
}

export const own = once(async () => examined((await standalone()).token, "confidential-app"));

export function verified({ header, claims, configuration, keys, audience, token }) {
  assert.equal(header.alg, "RS256");
  const rsa = keys.filter((key) => key.kty === "RSA");
  if (rsa.length > 1) assert.ok(header.kid, "kid");
  const jwk = header.kid ? rsa.find((key) => key.kid === header.kid) : rsa[0];
  assert.ok(jwk, "the key of the kid is published");
  const [head, body, signature] = token.id_token.split(".");
  const signed = Buffer.from(`${head}.${body}`);
  const key = createPublicKey({ key: jwk, format: "jwk" });
  assert.ok(verify("sha256", signed, key, Buffer.from(signature, "base64url")), "signature");
  assert.equal(claims.iss, configuration.issuer);
  assert.ok([claims.aud].flat().includes(audience), "aud");
  assert.ok(claims.exp > Date.now() / 1000 - 60, "exp");
  assert.ok(claims.iat, "iat");
  assert.ok(claims.sub.trim() && claims.sub.length < 256, "sub");
}

// The resource behind fhirUser, read with the launch token.
export async function userRead({ claims, token }, types) {
  const [, type] = claims.fhirUser.match(/\/(Patient|Practitioner|RelatedPerson|Person)\/[A-Za-z0-9.-]+$/) ?? [];
  assert.ok(types.includes(type), claims.fhirUser);
  const response = await fetch(claims.fhirUser, {
    headers: { authorization: `Bearer ${token.access_token}`, accept: "application/fhir+json", origin: APP_ORIGIN },
  });
  assert.equal(response.status, 200, claims.fhirUser);
  assert.equal((await response.clone().json()).resourceType, type);
  return response;
}

// The identity of a launch made now, where others may have been ended meanwhile.
export const afresh = async () => examined((await launch(client("confidential-app"), FULL)).token, "confidential-app");

export const points = [
  ["6.1", "the id_token is a JWT that can be decoded", async () => assert.ok((await own()).claims.iss)],
  ["6.2", "openid-configuration under iss: 200, JSON", async () => {
    const { response } = await own();
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type"), /^application\/json/);
  }],
  ["6.3", "its required fields, RS256 among the algorithms", async () => {
    const { configuration } = await own();
    for (const field of [
      "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported",
      "subject_types_supported", "id_token_signing_alg_values_supported",
    ]) assert.ok(configuration[field], field);
    assert.ok(configuration.id_token_signing_alg_values_supported.includes("RS256"));
  }],
  ["6.4", "jwks_uri holds RSA keys, all importable, none private", async () => {
    const { keys } = await own();
    const rsa = keys.filter((key) => key.kty === "RSA");
    assert.ok(rsa.length > 0);
    for (const key of rsa) {
      createPublicKey({ key, format: "jwk" });
      assert.equal(key.d, undefined);
    }
  }],
  ["6.5", "the header names RS256 and a published kid", async () => {
    const { header, keys } = await own();
    assert.equal(header.alg, "RS256");
    assert.ok(keys.some((key) => key.kid === header.kid));
  }],
  ["6.6", "signature, iss, aud, exp, iat and sub are right", async () => verified(await own())],
  ["6.7", "fhirUser is absolute and readable with the token: a patient as Patient, a parent as RelatedPerson", async () => {
    const { claims } = await own();
    assert.ok(claims.fhirUser.startsWith(iss));
    await userRead(await own(), ["Patient"]);
    const { token } = await launch(client("public-app"), FULL, { patient: kid.patient });
    await userRead(await examined(token, "public-app"), ["RelatedPerson"]);
  }],
  ["6.8", "that read is shared with other origins", async () => isShared(await userRead(await own(), ["Patient"]))],
  ["6.9", "nonce comes back, and without openid there is no id_token", async () => {
    const nonce = crypto.randomUUID();
    const { token } = await launch(client("public-app"), FULL, { params: { nonce } });
    assert.equal(decode(token.id_token).claims.nonce, nonce);
    const plain = await launch(client("public-app"), "launch/patient patient/Patient.rs");
    assert.equal(plain.token.id_token, undefined);
  }],
];
