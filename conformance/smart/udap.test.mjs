// UDAP Security as an outside kit walks it, in both versions of the guide: discovery, registration by software
// statement, tokens by certificate for a person's app and for a backend of another organization.

import assert from "node:assert/strict";
import { X509Certificate, createPrivateKey, generateKeyPairSync, randomUUID, sign, verify } from "node:crypto";
import { test } from "node:test";
import { REDIRECT, ana, authorize, base64url, challengeOf, decode, form, get, iss, manifest } from "./flow.mjs";

const { udap } = manifest;
const member = (key) => udap.clients.find((one) => one.key === key);
const told = async (query = "") => (await fetch(`${iss}/.well-known/udap${query}`)).json();
const now = () => Math.floor(Date.now() / 1000);

function jwt(client, claims, { key = client.private_key_pem, x5c = client.x5c, alg = "RS256" } = {}) {
  const head = base64url(JSON.stringify({ alg, x5c }));
  const text = `${head}.${base64url(JSON.stringify(claims))}`;
  const hash = `sha${alg.slice(2)}`;
  return `${text}.${base64url(sign(hash, Buffer.from(text), createPrivateKey(key)))}`;
}

const once = (iss, aud) => ({ iss, sub: iss, aud, iat: now(), exp: now() + 300, jti: randomUUID() });

// Claims of a software statement, as the kit fills them in.
async function claims(client, changes = {}) {
  const { registration_endpoint } = await told();
  const person = client.grant_types.includes("authorization_code");
  return {
    ...once(client.uri, registration_endpoint),
    client_name: "Harbor Notebook",
    contacts: ["mailto:operations@harbor.example"],
    grant_types: client.grant_types,
    token_endpoint_auth_method: "private_key_jwt",
    scope: client.scopes,
    ...(person && { redirect_uris: [REDIRECT], response_types: ["code"], logo_uri: "https://harbor.example/logo.png" }),
    ...changes,
  };
}

async function post(statement, more = {}) {
  const { registration_endpoint } = await told();
  const response = await fetch(registration_endpoint, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ software_statement: statement, udap: "1", ...more }),
  });
  return { status: response.status, body: await response.json() };
}

async function register(client, changes) {
  const statement = jwt(client, await claims(client, changes));
  return { statement, ...(await post(statement, { certifications: [] })) };
}

const b2b = (purpose = "SYSDEV") => ({
  "hl7-b2b": {
    version: "1",
    subject_name: "UDAP Test Kit",
    organization_name: "Harbor Clinic",
    organization_id: member("udap-backend").organization_id,
    purpose_of_use: [purpose],
  },
});

async function token(client, id, fields, more = {}) {
  const { token_endpoint } = await told();
  return form("/oauth2/token", {
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: jwt(client, { ...once(id, token_endpoint), ...more }),
    udap: "1",
    ...fields,
  });
}

async function isToken(response) {
  assert.equal(response.status, 200, await response.clone().text());
  assert.match(response.headers.get("cache-control"), /no-store/);
  assert.match(response.headers.get("pragma"), /no-cache/);
  const body = await response.json();
  assert.equal(typeof body.access_token, "string");
  assert.match(body.token_type, /^bearer$/i);
  assert.ok(body.expires_in <= 3600);
  return body;
}

test("B.1 and B.2 discovery, its signature, and the chain to the community's anchor", async () => {
  const body = await told();
  assert.deepEqual(body.udap_versions_supported, ["1"]);
  for (const name of ["udap_dcr", "udap_authn", "udap_authz"]) assert.ok(body.udap_profiles_supported.includes(name));
  for (const name of ["udap_authorization_extensions_supported", "udap_authorization_extensions_required"]) {
    assert.ok(body[name].includes("hl7-b2b"), name);
  }
  assert.ok(Array.isArray(body.udap_certifications_supported) && Array.isArray(body.udap_certifications_required));
  assert.deepEqual(body.token_endpoint_auth_methods_supported, ["private_key_jwt"]);
  const { header, claims: signed } = decode(body.signed_metadata);
  const leaf = new X509Certificate(Buffer.from(header.x5c[0], "base64"));
  assert.ok(leaf.verify(new X509Certificate(udap.anchor_pem).publicKey), "the anchor vouches for the leaf");
  const [head, payload, mark] = body.signed_metadata.split(".");
  assert.ok(verify("sha256", Buffer.from(`${head}.${payload}`), leaf.publicKey, Buffer.from(mark, "base64url")));
  assert.equal(signed.iss, iss);
  assert.ok(leaf.subjectAltName.includes(`URI:${iss}`));
  assert.ok(signed.exp > now() && signed.exp <= signed.iat + 366 * 86_400 && signed.jti);
  assert.equal((await told(`?community=${encodeURIComponent(udap.community)}`)).token_endpoint, body.token_endpoint);
  assert.equal((await fetch(`${iss}/.well-known/udap?community=urn:nobody`)).status, 204);
});

test("B.3 statements that are no good: 400 and the code that says why", async () => {
  const client = member("udap-backend");
  const odd = await register(client, { iss: "invalid_iss", sub: "invalid_iss" });
  assert.equal(odd.status, 400);
  assert.equal(odd.body.error, "invalid_software_statement");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  const forged = await post(jwt(client, await claims(client), { key }));
  assert.equal(forged.status, 400);
  assert.equal(forged.body.error, "invalid_software_statement");
  for (const [changes, error] of [
    [{ exp: now() + 3600 }, "invalid_software_statement"],
    [{ aud: "https://elsewhere.example/register" }, "invalid_software_statement"],
    [{ contacts: [] }, "invalid_client_metadata"],
    [{ grant_types: ["implicit"] }, "invalid_client_metadata"],
    [{ scope: "patient/*.rs" }, "invalid_client_metadata"],
  ]) {
    const refused = await register(client, changes);
    assert.equal(refused.status, 400, JSON.stringify(changes));
    assert.equal(refused.body.error, error, JSON.stringify(changes));
    assert.ok(refused.body.error_description.length > 10);
  }
});

test("B.3 and B.5 a backend registers, asks without scope, and sees what its purpose opens", async () => {
  const client = member("udap-backend");
  const made = await register(client);
  assert.ok([200, 201].includes(made.status), JSON.stringify(made.body));
  assert.equal(made.body.software_statement, made.statement);
  assert.deepEqual(made.body.grant_types, client.grant_types);
  assert.equal(made.body.token_endpoint_auth_method, "private_key_jwt");
  const id = made.body.client_id;
  const grant = { grant_type: "client_credentials" };
  await isToken(await token(client, id, grant, { extensions: b2b() }));
  const treating = await isToken(await token(client, id, { ...grant, scope: "system/*.rs" }, { extensions: b2b("TREAT") }));
  assert.equal((await get(treating.access_token, `Patient/${ana.patient}`)).status, 200);
  const nothing = await isToken(await token(client, id, grant, { extensions: b2b("SYSDEV") }));
  assert.equal((await get(nothing.access_token, `Patient/${ana.patient}`)).status, 403);
  const without = await token(client, id, grant);
  assert.equal(without.status, 400);
  assert.equal((await without.json()).error, "invalid_grant");
  const changed = await register(client, { client_name: "Harbor Exchange" });
  assert.equal(changed.status, 200);
  assert.equal(changed.body.client_id, id);
  const ended = await register(client, { grant_types: [] });
  assert.equal(ended.status, 200);
  assert.deepEqual(ended.body.grant_types, []);
  assert.equal((await token(client, id, grant, { extensions: b2b() })).status, 401);
  assert.equal((await get(treating.access_token, `Patient/${ana.patient}`)).status, 401);
});

test("B.3 and B.4 an app for people registers, and is let in with PKCE (2.0) and without (1.0)", async () => {
  const client = member("udap-app");
  const made = await register(client);
  assert.ok([200, 201].includes(made.status), JSON.stringify(made.body));
  assert.deepEqual(made.body.redirect_uris, [REDIRECT]);
  assert.deepEqual(made.body.response_types, ["code"]);
  assert.deepEqual(made.body.grant_types, client.grant_types);
  const id = made.body.client_id;
  const plain = { response_type: "code", client_id: id, redirect_uri: REDIRECT, scope: client.scopes };
  const verifier = `${randomUUID()}-${randomUUID()}`;
  const proof = { code_challenge: challengeOf(verifier), code_challenge_method: "S256" };
  for (const [asks, shows] of [[{}, {}], [{ ...proof, aud: iss }, { code_verifier: verifier }]]) {
    const back = await authorize({ params: { ...plain, state: randomUUID(), ...asks } });
    const code = back.searchParams.get("code");
    assert.ok(code, back.href);
    const fields = { grant_type: "authorization_code", code, redirect_uri: REDIRECT, ...shows };
    const body = await isToken(await token(client, id, fields));
    assert.equal((await get(body.access_token, `Patient/${body.patient}`)).status, 200);
    const renewed = { grant_type: "refresh_token", refresh_token: body.refresh_token };
    await isToken(await token(client, id, renewed));
  }
  const back = await authorize({ params: { ...plain, state: randomUUID(), ...proof } });
  const code = back.searchParams.get("code");
  const wrong = await token(client, id, { grant_type: "authorization_code", code, redirect_uri: REDIRECT });
  assert.equal((await wrong.json()).error, "invalid_grant");
});
