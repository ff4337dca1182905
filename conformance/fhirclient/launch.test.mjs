// The main job as an outside app lives it: launch, read, family rules, refresh, disconnect.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { launch } from "./app.mjs";
import { Person } from "./person.mjs";

const base = process.env.KINCHART_BASE_URL;
const manifest = JSON.parse(readFileSync(process.env.KINCHART_MANIFEST, "utf8"));
const iss = manifest.fhir_base;
const ana = manifest.users.find((u) => u.key === "ana");
const child = (age) => ana.proxies.find((p) => p.age === age && /parent/.test(p.relationship));
const SCOPE = "launch/patient openid fhirUser offline_access patient/*.rs";

const setClock = (body) =>
  fetch(`${base}/demo/clock`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

const as = (patient, extra = {}) => ({ username: ana.username, password: ana.password, patient, ...extra });

async function publicApp(patient, scope = SCOPE, extra = {}) {
  return launch({ iss, clientId: "public-app", scope, person: new Person(), who: as(patient, extra) });
}

const get = (client, path) =>
  fetch(`${iss}/${path}`, {
    headers: { authorization: `Bearer ${client.state.tokenResponse.access_token}`, accept: "application/fhir+json" },
  });

after(() => setClock({ now: manifest.now }));

test("a person launches an app of her choice and it reads her record", async () => {
  const client = await publicApp(ana.patient);
  assert.equal(client.patient.id, ana.patient);
  const me = await client.patient.read();
  assert.equal(me.resourceType, "Patient");
  assert.equal(client.user.fhirUser.endsWith(`Patient/${ana.patient}`), true);
  const labs = await client.request(`Observation?patient=${ana.patient}&category=laboratory`, { flat: true });
  assert.ok(labs.length > 0);
  const user = await client.user.read();
  assert.equal(user.id, ana.patient);
  const token = client.state.tokenResponse;
  assert.equal(token.token_type.toLowerCase(), "bearer");
  assert.ok(token.refresh_token && token.id_token && token.expires_in >= 300);
});

test("a parent's app sees the whole chart of a child of 11 and acts as the RelatedPerson", async () => {
  const kid = child(11);
  const client = await publicApp(kid.patient);
  assert.equal(client.patient.id, kid.patient);
  assert.match(client.user.fhirUser, new RegExp(`RelatedPerson/${kid.related_person}$`));
  const seen = await client.request(`Observation?patient=${kid.patient}`, { flat: true });
  assert.ok(seen.length > 0);
  assert.equal((await get(client, `RelatedPerson/${kid.related_person}`)).status, 200);
});

test("a parent's app gets demographics only of a teenager of 15", async () => {
  const teen = child(15);
  const client = await publicApp(teen.patient);
  const patient = await (await get(client, `Patient/${teen.patient}`)).json();
  assert.ok(patient.name && patient.birthDate);
  assert.equal(patient.identifier, undefined);
  assert.equal(patient.extension, undefined);
  assert.ok(patient.meta.tag.some((t) => t.code === "SUBSETTED"));
  const bundle = await (await get(client, `Observation?patient=${teen.patient}`)).json();
  assert.equal((bundle.entry ?? []).filter((e) => e.resource.resourceType === "Observation").length, 0);
});

test("a chart closes under a valid token at the first instant of the 13th birthday", async () => {
  const kid = child(12);
  const before = await publicApp(kid.patient);
  const { birthDate } = await before.patient.read();
  const birthday = `${Number(birthDate.slice(0, 4)) + 13}${birthDate.slice(4)}`;
  const midnight = new Date(`${birthday}T00:00:00-04:00`).getTime();
  await setClock({ now: new Date(midnight - 60_000).toISOString() });
  const client = await publicApp(kid.patient);
  const [{ id }] = await client.request(`Observation?patient=${kid.patient}&_count=1`, { flat: true, pageLimit: 1 });
  assert.equal((await get(client, `Observation/${id}`)).status, 200);
  await setClock({ now: new Date(midnight).toISOString() });
  const refused = await get(client, `Observation/${id}`);
  const absent = await get(client, "Observation/never-was");
  assert.equal(refused.status, 404);
  assert.equal((await refused.text()).replaceAll(id, "X"), (await absent.text()).replaceAll("never-was", "X"));
  const still = await (await get(client, `Patient/${kid.patient}`)).json();
  assert.ok(still.meta.tag.some((t) => t.code === "SUBSETTED"));
  await setClock({ now: manifest.now });
});

test("single scopes can be dropped, and what was dropped is refused", async () => {
  const kept = ["patient/Patient.rs", "patient/Condition.rs"];
  const asked = "launch/patient openid fhirUser patient/Patient.rs patient/Condition.rs patient/Observation.rs";
  const client = await publicApp(ana.patient, asked, { scopes: [...kept, "openid", "fhirUser", "launch/patient"] });
  const granted = client.state.tokenResponse.scope.split(" ");
  assert.ok(granted.includes("patient/Condition.rs"));
  assert.ok(!granted.some((s) => s.startsWith("patient/Observation")));
  assert.equal((await get(client, `Condition?patient=${ana.patient}`)).status, 200);
  assert.equal((await get(client, `Observation?patient=${ana.patient}`)).status, 403);
});

test("a refresh token works once, and using it twice ends the whole authorization", async () => {
  const client = await publicApp(ana.patient);
  const first = client.state.tokenResponse.refresh_token;
  const refresh = (token) =>
    fetch(`${base}/oauth2/token`, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: token, client_id: "public-app" }),
    });
  const second = await (await refresh(first)).json();
  assert.ok(second.access_token && second.refresh_token && second.scope);
  assert.equal(typeof second.expires_in, "number");
  assert.equal((await refresh(first)).status, 400);
  const dead = await fetch(`${iss}/Patient/${ana.patient}`, {
    headers: { authorization: `Bearer ${second.access_token}` },
  });
  assert.equal(dead.status, 401);
});

test("a confidential app is let in with its secret, and a revoked token is dead at once", async () => {
  const app = manifest.clients.find((c) => c.key === "confidential-app");
  const client = await launch({
    iss,
    clientId: app.client_id,
    clientSecret: app.client_secret,
    scope: SCOPE,
    person: new Person(),
    who: as(ana.patient),
    redirectUri: app.redirect_uris.find((u) => u.startsWith("http://127.0.0.1")),
  });
  assert.equal((await get(client, `Patient/${ana.patient}`)).status, 200);
  const basic = Buffer.from(`${app.client_id}:${app.client_secret}`).toString("base64");
  const revoked = await fetch(`${base}/oauth2/revoke`, {
    method: "POST",
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ token: client.state.tokenResponse.access_token }),
  });
  assert.equal(revoked.status, 200);
  assert.equal((await get(client, `Patient/${ana.patient}`)).status, 401);
});

test("who says no leaves the app with access_denied", async () => {
  await assert.rejects(publicApp(ana.patient, SCOPE, { decision: "deny" }), (error) => error.code === "access_denied");
});
