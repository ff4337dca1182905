// Sections 2 to 5 and 13: the standalone launch of each kind of client, full and limited access, granular and v1 scopes.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  APP_ORIGIN, FULL, IDENTITY, TYPES, ana, authorize, base, client, exchange, form, get, iss, launch, request,
} from "./flow.mjs";

const LOCAL = "http://terminology.hl7.org/CodeSystem";
const US_CORE = "http://hl7.org/fhir/us/core/CodeSystem";

// The searches of the unrestricted and limited access groups.
const SEARCHES = {
  Patient: (id) => `Patient?_id=${id}`,
  AllergyIntolerance: (id) => `AllergyIntolerance?patient=${id}`,
  CarePlan: (id) => `CarePlan?patient=${id}&category=assess-plan`,
  CareTeam: (id) => `CareTeam?patient=${id}&status=active`,
  Condition: (id) => `Condition?patient=${id}`,
  Device: (id) => `Device?patient=${id}`,
  DiagnosticReport: (id) => `DiagnosticReport?patient=${id}&category=LAB`,
  DocumentReference: (id) => `DocumentReference?patient=${id}`,
  Goal: (id) => `Goal?patient=${id}`,
  Immunization: (id) => `Immunization?patient=${id}`,
  MedicationRequest: (id) => `MedicationRequest?patient=${id}&intent=order`,
  Observation: (id) => `Observation?patient=${id}&code=2708-6`,
  Procedure: (id) => `Procedure?patient=${id}`,
  Encounter: (id) => `Encounter?patient=${id}`,
  ServiceRequest: (id) => `ServiceRequest?patient=${id}`,
  Coverage: (id) => `Coverage?patient=${id}`,
  MedicationDispense: (id) => `MedicationDispense?patient=${id}`,
};

const checkToken = ({ response, token }) => {
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^application\/json/);
  assert.match(response.headers.get("cache-control"), /no-store/);
  assert.match(response.headers.get("pragma"), /no-cache/);
  assert.equal(typeof token.access_token, "string");
  assert.equal(token.token_type.toLowerCase(), "bearer");
  assert.equal(typeof token.expires_in, "number");
  assert.ok(token.expires_in >= 300);
  assert.equal(typeof token.scope, "string");
  assert.equal(token.patient, ana.patient);
};

for (const key of ["public-app", "confidential-app", "asymmetric-app"]) {
  test(`3, 4 and 9.16/9.21 ${key}: a full standalone launch`, async () => {
    const launched = await launch(client(key), FULL);
    checkToken(launched);
    assert.equal(launched.back.searchParams.get("state"), launched.asked.params.state);
    assert.equal(launched.back.searchParams.get("error"), null);
    assert.deepEqual(FULL.split(" ").filter((scope) => !launched.scopes.includes(scope)), []);
    assert.ok(launched.token.id_token && launched.token.refresh_token);
    const { access_token: token, patient } = launched.token;
    const bare = await get(null, `Patient/${patient}`);
    assert.equal(bare.status, 401);
    assert.match(bare.headers.get("www-authenticate"), /^Bearer/);
    const read = await get(token, `Patient/${patient}`);
    assert.equal(read.status, 200);
    assert.equal((await read.json()).resourceType, "Patient");
    if (key !== "confidential-app") return;
    for (const [type, search] of Object.entries(SEARCHES)) {
      const found = await get(token, search(patient));
      assert.equal(found.status, 200, type);
      assert.equal((await found.json()).resourceType, "Bundle", type);
    }
  });
}

test("2 and 13.5 the request may come as a form (authorize-post)", async () => {
  checkToken(await launch(client("confidential-app"), FULL, { post: true }));
});

test("2 aud may end in a slash, as testers type it", async () => {
  checkToken(await launch(client("public-app"), FULL, { params: { aud: `${iss}/` } }));
});

test("2 a native app may listen on any loopback port", async () => {
  const launched = await launch(client("public-app"), FULL, { params: { redirect_uri: "http://127.0.0.1:49217/callback" } });
  checkToken(launched);
});

test("2 who says no sends the app an error with its state and no code", async () => {
  const asked = request(client("public-app"), FULL);
  const back = await authorize(asked, { decision: "deny" });
  assert.equal(back.searchParams.get("error"), "access_denied");
  assert.equal(back.searchParams.get("state"), asked.params.state);
  assert.equal(back.searchParams.get("code"), null);
});

test("3 and 13.4 the token endpoint is shared with public apps, preflight included", async () => {
  const { response } = await launch(client("public-app"), FULL);
  assert.ok(["*", APP_ORIGIN].includes(response.headers.get("access-control-allow-origin")));
  for (const [path, method, headers] of [
    ["/oauth2/token", "POST", "content-type,authorization"],
    ["/oauth2/introspect", "POST", "content-type,authorization"],
    ["/oauth2/revoke", "POST", "content-type,authorization"],
    [`/fhir/Patient/${ana.patient}`, "GET", "authorization"],
    [`/fhir/Patient/${ana.patient}`, "PUT", "authorization,content-type,if-match,prefer"],
    ["/fhir/metadata", "GET", "accept"],
    ["/.well-known/jwks.json", "GET", "accept"],
  ]) {
    const preflight = await fetch(base + path, {
      method: "OPTIONS",
      headers: { origin: APP_ORIGIN, "access-control-request-method": method, "access-control-request-headers": headers },
    });
    assert.ok([200, 204].includes(preflight.status), `${path} ${preflight.status}`);
    assert.ok(["*", APP_ORIGIN].includes(preflight.headers.get("access-control-allow-origin")), path);
    assert.ok((preflight.headers.get("access-control-allow-methods") ?? "").includes(method), path);
    const allowed = (preflight.headers.get("access-control-allow-headers") ?? "").toLowerCase();
    for (const name of headers.split(",")) assert.ok(allowed.includes(name), `${path} ${name}`);
  }
});

test("3 the pages where people decide are shared with nobody", async () => {
  for (const path of ["/account/sign-in", "/account/consent", "/oauth2/authorize"]) {
    const response = await fetch(base + path, { headers: { origin: APP_ORIGIN }, redirect: "manual" });
    assert.equal(response.headers.get("access-control-allow-origin"), null, path);
  }
});

test("4 directory types are readable under patient scopes", async () => {
  const { token } = await launch(client("confidential-app"), FULL);
  for (const type of ["Practitioner", "Organization", "Location", "PractitionerRole"]) {
    const found = await get(token.access_token, `${type}?_count=1`);
    assert.equal(found.status, 200, type);
    const [entry] = (await found.json()).entry;
    assert.equal((await get(token.access_token, `${type}/${entry.resource.id}`)).status, 200, type);
  }
});

test("5 limited access: what was unticked is refused, never an empty answer", async () => {
  const kept = ["Patient", "Condition", "Observation"];
  const scopes = [...kept.map((type) => `patient/${type}.rs`), ...IDENTITY.split(" ")];
  const { token, scopes: granted } = await launch(client("confidential-app"), FULL, { scopes });
  assert.deepEqual(granted.filter((scope) => scope.startsWith("patient/")).sort(), scopes.slice(0, 3).sort());
  for (const [type, search] of Object.entries(SEARCHES)) {
    const found = await get(token.access_token, search(ana.patient));
    if (kept.includes(type)) assert.equal(found.status, 200, type);
    else {
      assert.ok([401, 403].includes(found.status), `${type} ${found.status}`);
      assert.equal((await found.json()).resourceType, "OperationOutcome", type);
    }
  }
  assert.equal((await get(token.access_token, `Patient/${ana.patient}`)).status, 200);
});

test("5 a dropped type does not come in by _include, _revinclude or a batch", async () => {
  const scopes = ["patient/Patient.rs", "patient/Condition.rs", ...IDENTITY.split(" ")];
  const { token } = await launch(client("confidential-app"), FULL, { scopes });
  for (const query of ["Condition?_include=Condition:encounter", "Patient?_revinclude=Observation:patient", "Condition?_include=*"]) {
    const found = await get(token.access_token, `${query}`);
    const entries = found.status === 200 ? ((await found.json()).entry ?? []) : [];
    const types = new Set(entries.map((entry) => entry.resource.resourceType));
    for (const type of types) assert.ok(["Patient", "Condition", "OperationOutcome"].includes(type), `${query}: ${type}`);
  }
  const batch = await fetch(iss, {
    method: "POST",
    headers: { authorization: `Bearer ${token.access_token}`, "content-type": "application/fhir+json" },
    body: JSON.stringify({
      resourceType: "Bundle",
      type: "batch",
      entry: [
        { request: { method: "GET", url: `Observation?patient=${ana.patient}` } },
        { request: { method: "GET", url: `Condition?patient=${ana.patient}` } },
      ],
    }),
  });
  assert.equal(batch.status, 200);
  const [refused, found] = (await batch.json()).entry;
  assert.match(refused.response.status, /^40[13]/);
  assert.equal(refused.resource?.resourceType === "Bundle", false);
  assert.match(found.response.status, /^200/);
});

test("9.22 and 13.11 v1 scopes are granted and let read and search", async () => {
  const scope = `${IDENTITY} ${TYPES.map((type) => `patient/${type}.read`).join(" ")}`;
  const { token, scopes } = await launch(client("public-app"), scope);
  for (const type of TYPES) {
    assert.ok(scopes.some((one) => one.startsWith(`patient/${type}.`)), type);
  }
  for (const [type, search] of Object.entries(SEARCHES)) {
    assert.equal((await get(token.access_token, search(ana.patient))).status, 200, type);
  }
  assert.equal((await get(token.access_token, `Patient/${ana.patient}`)).status, 200);
});

const categories = (resource) =>
  (resource.category ?? []).flatMap((one) => one.coding ?? []).map((coding) => `${coding.system}|${coding.code}`);

test("9.25 granular scopes show the granted categories and nothing else, in searches and in reads", async () => {
  const laboratory = `${LOCAL}/observation-category|laboratory`;
  const problems = `${LOCAL}/condition-category|problem-list-item`;
  const scope = `${IDENTITY} patient/Patient.rs patient/Condition.rs?category=${problems} patient/Observation.rs?category=${laboratory}`;
  const { token, scopes } = await launch(client("confidential-app"), scope);
  assert.deepEqual(scope.split(" ").filter((one) => !scopes.includes(one)), []);
  const whole = (await launch(client("confidential-app"), FULL)).token.access_token;
  for (const [type, category] of [["Observation", laboratory], ["Condition", problems]]) {
    const all = (await (await get(whole, `${type}?patient=${ana.patient}&_count=200`)).json()).entry.map((e) => e.resource);
    const some = (await (await get(token.access_token, `${type}?patient=${ana.patient}&_count=200`)).json()).entry.map((e) => e.resource);
    const within = all.filter((resource) => categories(resource).includes(category)).map((resource) => resource.id);
    assert.ok(within.length > 0, type);
    assert.deepEqual(some.map((resource) => resource.id).sort(), within.sort(), type);
    for (const resource of all) {
      const status = (await get(token.access_token, `${type}/${resource.id}`)).status;
      if (within.includes(resource.id)) assert.equal(status, 200, resource.id);
      else assert.ok([403, 404].includes(status), `${resource.id} ${status}`);
    }
  }
});

test("9.28 and 13.7 a whole scope can be swapped for its categories on the page", async () => {
  const asked = `${IDENTITY} patient/Condition.rs patient/Observation.rs patient/Patient.rs`;
  const parts = [
    ...["encounter-diagnosis", "problem-list-item"].map((code) => `patient/Condition.rs?category=${LOCAL}/condition-category|${code}`),
    `patient/Condition.rs?category=${US_CORE}/condition-category|health-concern`,
    ...["laboratory", "social-history", "survey", "vital-signs"].map((code) => `patient/Observation.rs?category=${LOCAL}/observation-category|${code}`),
    ...["clinical-test", "sdoh"].map((code) => `patient/Observation.rs?category=${US_CORE}/us-core-category|${code}`),
  ];
  const { scopes } = await launch(client("confidential-app"), asked, {
    scopes: [...IDENTITY.split(" "), "patient/Patient.rs", ...parts],
  });
  assert.deepEqual(parts.filter((part) => !scopes.includes(part)), [], "every sub-resource choice is on the page");
  assert.ok(!scopes.includes("patient/Condition.rs") && !scopes.includes("patient/Observation.rs"));
  assert.ok(scopes.includes("patient/Patient.rs"));
});

test("9.4 an invalid aud gives no code", async () => {
  const asked = request(client("confidential-app"), FULL, { aud: "https://inferno.healthit.gov/invalid_aud" });
  const response = await fetch(`${base}/oauth2/authorize?${new URLSearchParams(asked.params)}`, { redirect: "manual" });
  assert.equal(response.status, 303);
  const back = new URL(response.headers.get("location"));
  assert.equal(back.origin + back.pathname, asked.params.redirect_uri);
  assert.ok(back.searchParams.get("error"));
  assert.equal(back.searchParams.get("state"), asked.params.state);
  assert.equal(back.searchParams.get("code"), null);
});

test("9.17 an unknown code is 400, the right code from an unknown client is not let in", async () => {
  const app = client("confidential-app");
  const asked = request(app, FULL);
  const bad = await exchange(asked, "BAD_CODE");
  assert.equal(bad.status, 400);
  assert.equal((await bad.json()).error, "invalid_grant");
  const back = await authorize(asked);
  const basic = Buffer.from(`BAD_CLIENT_ID:${app.client_secret}`).toString("base64");
  const fields = {
    grant_type: "authorization_code",
    code: back.searchParams.get("code"),
    redirect_uri: asked.params.redirect_uri,
    code_verifier: asked.verifier,
  };
  const other = await form("/oauth2/token", fields, { authorization: `Basic ${basic}` });
  assert.ok([400, 401].includes(other.status));
});

for (const [name, verifier] of [
  ["without a code_verifier", () => undefined],
  ["with a blank code_verifier", () => ""],
  ["with another code_verifier", () => `${crypto.randomUUID()}-${crypto.randomUUID()}`],
  ["with the challenge as code_verifier", (asked) => asked.params.code_challenge],
]) {
  test(`9.18 PKCE: a code exchanged ${name} gives nothing`, async () => {
    for (const key of ["public-app", "confidential-app"]) {
      const asked = request(client(key), `${IDENTITY} patient/Patient.read`);
      const back = await authorize(asked);
      const response = await exchange(asked, back.searchParams.get("code"), { code_verifier: verifier(asked) });
      assert.ok([400, 401].includes(response.status), key);
      assert.ok((await response.json()).error, key);
    }
  });
}

test("13.12 a request without PKCE, or with plain, gives no code", async () => {
  for (const changes of [
    { code_challenge: undefined, code_challenge_method: undefined },
    { code_challenge_method: "plain" },
    { code_challenge_method: undefined },
  ]) {
    const asked = request(client("public-app"), FULL, changes);
    const response = await fetch(`${base}/oauth2/authorize?${new URLSearchParams(asked.params)}`, { redirect: "manual" });
    const back = new URL(response.headers.get("location"));
    assert.equal(back.searchParams.get("error"), "invalid_request");
    assert.equal(back.searchParams.get("code"), null);
  }
});

test("2 nobody is sent to an address that is not registered, nor for an unknown app", async () => {
  for (const changes of [
    { redirect_uri: "https://evil.example/callback" },
    { redirect_uri: "http://127.0.0.1:8765/callback/../elsewhere" },
    { redirect_uri: "http://127.0.0.1:8765.evil.example/callback" },
    { redirect_uri: "http://127.0.0.1:8765@evil.example/callback" },
    { redirect_uri: "http://127.0.0.1:8765/callback?x=1" },
    { redirect_uri: "http://127.0.0.1:8765/callback#x" },
    { redirect_uri: undefined },
    { client_id: "nobody" },
    { client_id: undefined },
  ]) {
    const asked = request(client("public-app"), FULL, changes);
    const response = await fetch(`${base}/oauth2/authorize?${new URLSearchParams(asked.params)}`, { redirect: "manual" });
    assert.equal(response.status, 400, JSON.stringify(changes));
    assert.equal(response.headers.get("location"), null);
  }
});

test("3 a code works once, and its second use ends what the first gave", async () => {
  const asked = request(client("confidential-app"), FULL);
  const code = (await authorize(asked)).searchParams.get("code");
  const { access_token: token } = await (await exchange(asked, code)).json();
  assert.equal((await get(token, `Patient/${ana.patient}`)).status, 200);
  assert.equal((await exchange(asked, code)).status, 400);
  assert.equal((await get(token, `Patient/${ana.patient}`)).status, 401);
});

test("3 a code is bound to its client and its redirect URI", async () => {
  const asked = request(client("public-app"), FULL);
  const code = (await authorize(asked)).searchParams.get("code");
  const other = await exchange({ ...asked, app: client("confidential-app") }, code);
  assert.equal(other.status, 400);
  const again = request(client("public-app"), FULL);
  const second = (await authorize(again)).searchParams.get("code");
  const moved = await exchange(again, second, { redirect_uri: "http://127.0.0.1:8766/callback" });
  assert.equal(moved.status, 400);
});
