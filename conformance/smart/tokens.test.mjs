// Sections 6, 7, 9 (revocation), 10, 11 and 13: identity, refresh, revocation, introspection, backend services.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createPublicKey, verify } from "node:crypto";
import {
  APP_ORIGIN, FULL, IDENTITY, ana, asserted, base, client, decode, form, get, introspect, iss, launch, proof, refresh,
} from "./flow.mjs";
import { Person } from "../fhirclient/person.mjs";

const kid = () => ana.proxies.find((proxy) => proxy.age === 11);

test("6.5-6.7 the id_token verifies against the JWKS and its fhirUser is readable", async () => {
  for (const [key, patient, pattern] of [
    ["public-app", ana.patient, `Patient/${ana.patient}$`],
    ["confidential-app", kid().patient, `RelatedPerson/${kid().related_person}$`],
  ]) {
    const nonce = crypto.randomUUID();
    const { token } = await launch(client(key), FULL, { patient, params: { nonce } });
    const { header, claims } = decode(token.id_token);
    const configuration = await (await fetch(`${claims.iss.replace(/\/$/, "")}/.well-known/openid-configuration`)).json();
    const { keys } = await (await fetch(configuration.jwks_uri)).json();
    const jwk = keys.find((one) => one.kid === header.kid);
    assert.equal(header.alg, "RS256");
    assert.ok(jwk);
    const [head, body, signature] = token.id_token.split(".");
    const signed = Buffer.from(`${head}.${body}`);
    assert.ok(verify("sha256", signed, createPublicKey({ key: jwk, format: "jwk" }), Buffer.from(signature, "base64url")));
    assert.equal(claims.iss, configuration.issuer);
    assert.ok([claims.aud].flat().includes(key));
    assert.ok(claims.exp > Date.now() / 1000 - 60);
    assert.ok(Math.abs(claims.iat - Date.now() / 1000) < 60);
    assert.ok(claims.sub.trim() && claims.sub.length < 256);
    assert.equal(claims.nonce, nonce);
    assert.match(claims.fhirUser, new RegExp(`^${iss}/${pattern}`));
    const read = await fetch(claims.fhirUser, {
      headers: { authorization: `Bearer ${token.access_token}`, accept: "application/fhir+json", origin: APP_ORIGIN },
    });
    assert.equal(read.status, 200);
    assert.equal((await read.json()).resourceType, pattern.split("/")[0]);
    assert.ok(["*", APP_ORIGIN].includes(read.headers.get("access-control-allow-origin")));
  }
});

test("6 without openid there is no id_token, without fhirUser no such claim", async () => {
  const plain = await launch(client("public-app"), "launch/patient patient/Patient.rs");
  assert.equal(plain.token.id_token, undefined);
  assert.equal(plain.token.refresh_token, undefined);
  const nameless = await launch(client("public-app"), "launch/patient openid patient/Patient.rs");
  assert.equal(decode(nameless.token.id_token).claims.fhirUser, undefined);
});

for (const key of ["public-app", "confidential-app", "asymmetric-app"]) {
  test(`7 and 13.1 ${key}: refresh, without and with scope`, async () => {
    const app = client(key);
    const { token } = await launch(app, FULL);
    let before = token;
    for (const extra of [{}, { scope: token.scope }]) {
      const response = await refresh(app, before.refresh_token, extra);
      assert.equal(response.status, 200);
      assert.match(response.headers.get("cache-control"), /no-store/);
      assert.match(response.headers.get("pragma"), /no-cache/);
      const after = await response.json();
      assert.equal(typeof after.access_token, "string");
      assert.equal(after.token_type.toLowerCase(), "bearer");
      assert.equal(typeof after.expires_in, "number");
      const earlier = token.scope.split(" ");
      assert.deepEqual(after.scope.split(" ").filter((scope) => !earlier.includes(scope)), []);
      assert.equal((await get(after.access_token, `Patient/${ana.patient}`)).status, 200);
      before = { refresh_token: before.refresh_token, ...after };
    }
  });
}

test("7 a refresh may narrow but never widen", async () => {
  const app = client("confidential-app");
  const { token } = await launch(app, `${IDENTITY} patient/Patient.rs patient/Condition.rs`);
  const wide = await refresh(app, token.refresh_token, { scope: "patient/Patient.rs patient/Observation.rs" });
  assert.equal(wide.status, 400);
  assert.equal((await wide.json()).error, "invalid_scope");
  const narrow = await refresh(app, token.refresh_token, { scope: "patient/Patient.rs" });
  assert.equal(narrow.status, 200);
  const { access_token: less } = await narrow.json();
  assert.equal((await get(less, `Patient/${ana.patient}`)).status, 200);
  assert.equal((await get(less, `Condition?patient=${ana.patient}`)).status, 403);
});

test("7 a made-up refresh token gives nothing, nor does somebody else's", async () => {
  for (const key of ["public-app", "confidential-app", "asymmetric-app"]) {
    const made = await refresh(client(key), crypto.randomUUID());
    assert.ok([400, 401].includes(made.status), key);
  }
  const { token } = await launch(client("public-app"), FULL);
  const other = await refresh(client("confidential-app"), token.refresh_token);
  assert.ok([400, 401].includes(other.status));
});

test("9.3 and 13.8 disconnecting an app on its page ends access and refresh tokens at once", async () => {
  const app = client("confidential-app");
  const { token } = await launch(app, FULL);
  assert.equal((await get(token.access_token, `Patient/${ana.patient}`)).status, 200);
  const person = new Person();
  let view = await person.open(`${base}/account/apps`);
  if (view.page.querySelector('[name="password"]')) {
    view = await person.submit(view, { username: ana.username, password: ana.password });
  }
  for (let rounds = 0; rounds < 40; rounds++) {
    view = await person.open(`${base}/account/apps`);
    const form = view.page.querySelectorAll("form").find((one) => /disconnect/.test(one.getAttribute("action") ?? ""));
    if (!form) break;
    const fields = form.querySelectorAll("input").map((field) => [field.getAttribute("name"), field.getAttribute("value") ?? ""]);
    await person.open(`${base}/account/apps/disconnect`, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { origin: base },
    });
  }
  assert.ok([401, 403, 404].includes((await get(token.access_token, `Patient/${ana.patient}`)).status));
  assert.ok([400, 401].includes((await refresh(app, token.refresh_token)).status));
  assert.deepEqual(await (await introspect(token.access_token)).json(), { active: false });
});

test("9.3 a client's own revocation of a refresh token ends its access tokens too", async () => {
  const app = client("confidential-app");
  const { token } = await launch(app, FULL);
  const revoked = await form("/oauth2/revoke", { token: token.refresh_token }, proof(app).headers);
  assert.equal(revoked.status, 200);
  assert.equal((await get(token.access_token, `Patient/${ana.patient}`)).status, 401);
  assert.ok([400, 401].includes((await refresh(app, token.refresh_token)).status));
});

test("9.3 one client cannot revoke another's token", async () => {
  const { token } = await launch(client("public-app"), FULL);
  const answer = await form("/oauth2/revoke", { token: token.access_token }, proof(client("confidential-app")).headers);
  assert.equal(answer.status, 200);
  assert.equal((await get(token.access_token, `Patient/${ana.patient}`)).status, 200);
});

test("11 introspection says the same as the token response and the id_token", async () => {
  for (const key of ["public-app", "confidential-app", "asymmetric-app"]) {
    const { token } = await launch(client(key), FULL, { patient: kid().patient });
    const { claims } = decode(token.id_token);
    for (const headers of [undefined, { authorization: `Bearer ${token.access_token}` }]) {
      const response = await introspect(token.access_token, headers);
      assert.equal(response.status, 200);
      assert.match(response.headers.get("content-type"), /^application\/json/);
      const seen = await response.json();
      assert.equal(seen.active, true);
      assert.equal(seen.client_id, key);
      assert.deepEqual(seen.scope.split(" ").sort(), token.scope.split(" ").sort());
      assert.ok(Number.isInteger(seen.exp) && seen.exp >= Date.now() / 1000 - 600);
      assert.equal(seen.patient, token.patient);
      assert.equal(seen.iss, claims.iss);
      assert.equal(seen.sub, claims.sub);
      assert.equal(seen.fhirUser, claims.fhirUser);
    }
  }
});

test("11 and 13.9 an unknown token is inactive and nothing else; strangers may not ask", async () => {
  const response = await introspect("invalid_token_value");
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { active: false });
  assert.equal((await introspect("invalid_token_value", {})).status, 401);
});

const backend = (fields, alter = {}) =>
  form("/oauth2/token", { grant_type: "client_credentials", scope: "system/*.rs", ...asserted(client("backend")), ...fields }, alter);

test("10 backend services: an RS384 assertion buys a short token for system scopes", async () => {
  for (const scope of ["system/*.rs", "system/*.read", "system/Patient.rs system/Observation.rs"]) {
    const response = await backend({ scope });
    assert.ok([200, 201].includes(response.status), scope);
    const token = await response.json();
    assert.equal(token.token_type.toLowerCase(), "bearer");
    assert.equal(typeof token.expires_in, "number");
    assert.ok(token.expires_in <= 300);
    assert.ok(token.scope.trim());
    assert.equal(token.refresh_token, undefined);
    assert.equal((await get(token.access_token, "Patient?_count=1")).status, 200, scope);
  }
});

test("10 and 13.2 an unknown grant type is 400 before anything else", async () => {
  assert.equal((await backend({ grant_type: "not_a_grant_type" })).status, 400);
  const bare = await form("/oauth2/token", { grant_type: "not_a_grant_type" });
  assert.equal(bare.status, 400);
  assert.equal((await bare.json()).error, "unsupported_grant_type");
});

test("10 assertions that are not good are refused: type, issuer, audience, age, signature, reuse", async () => {
  const app = client("backend");
  const now = Math.floor(Date.now() / 1000);
  const sign = (changes, alter) => asserted(app, changes, alter);
  const broken = asserted(app);
  broken.client_assertion = `${broken.client_assertion.slice(0, -8)}AAAAAAAA`;
  const cases = {
    "assertion type": { client_assertion_type: "not_an_assertion_type" },
    "no assertion": { client_assertion: "" },
    "not a JWT": { client_assertion: "a.b.c" },
    issuer: sign({ iss: "somebody-else" }),
    subject: sign({ sub: "somebody-else" }),
    audience: sign({ aud: "https://elsewhere.example/token" }),
    expired: sign({ exp: now - 600 }),
    "too long": sign({ exp: now + 3600 }),
    "no exp": sign({ exp: undefined }),
    "no jti": sign({ jti: undefined }),
    "alg none": sign({}, { alg: "none" }),
    "alg HS256": sign({}, { alg: "HS256" }),
    "unknown key": sign({}, { kid: "another" }),
    signature: broken,
  };
  for (const [name, fields] of Object.entries(cases)) {
    const response = await backend(fields);
    assert.ok([400, 401].includes(response.status), `${name}: ${response.status}`);
    assert.ok((await response.json()).error, name);
  }
  const once = asserted(app);
  assert.equal((await backend(once)).status, 200);
  assert.ok([400, 401].includes((await backend(once)).status), "an assertion is good once");
});

test("10 a person's app gets nothing by client_credentials, a backend nothing of patients' scopes", async () => {
  const app = client("confidential-app");
  const person = await form("/oauth2/token", { grant_type: "client_credentials", scope: "system/*.rs" }, proof(app).headers);
  assert.ok([400, 401].includes(person.status));
  assert.ok([400, 401].includes((await backend({ scope: "patient/*.rs" })).status));
});

test("3 a secret is taken as it is, percent-encoded, or in the body, and never wrong", async () => {
  const app = client("confidential-app");
  const basic = (id, secret) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` });
  const ask = (headers, fields = {}) => form("/oauth2/introspect", { token: "x", ...fields }, headers);
  assert.equal((await ask(basic(app.client_id, app.client_secret))).status, 200);
  const every = [...app.client_secret].map((c) => `%${c.charCodeAt(0).toString(16)}`).join("");
  assert.equal((await ask(basic(app.client_id, every))).status, 200);
  assert.equal((await ask({}, { client_id: app.client_id, client_secret: app.client_secret })).status, 200);
  for (const secret of ["", "wrong", `${app.client_secret} `, `${app.client_secret}%00`, "%zz%", ":::"]) {
    const refused = await ask(basic(app.client_id, secret));
    assert.equal(refused.status, 401, secret);
    assert.match(refused.headers.get("www-authenticate") ?? "", /^Basic/, secret);
    assert.equal((await refused.json()).error, "invalid_client");
  }
  assert.ok([400, 401].includes((await ask({}, { client_id: app.client_id })).status), "no secret at all");
});
