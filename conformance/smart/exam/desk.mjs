// What several chapters need: discovery documents, one launch of each kind kept for many questions, checks of a token
// answer.

import assert from "node:assert/strict";
import { APP_ORIGIN, FULL, ana, client, get, iss, launch, manifest } from "../flow.mjs";

// A value made once, when first asked for.
export const once = (make) => {
  let made;
  return () => (made ??= make());
};

export const configuration = once(async () => {
  const response = await fetch(`${iss}/.well-known/smart-configuration`, { headers: { accept: "application/json" } });
  return { response, body: await response.json() };
});

// The full standalone launch of the secret-holding app, as group 1 of the kit makes it.
export const standalone = once(() => launch(client("confidential-app"), FULL));
export const publicLaunch = once(() => launch(client("public-app"), FULL));

export const kid = ana.proxies.find((proxy) => proxy.age === 11);
export const staff = (role) => manifest.users.find((user) => user.kind === "staff" && user.role === role);

export const isShared = (response) => {
  const origin = response.headers.get("access-control-allow-origin");
  assert.ok(["*", APP_ORIGIN].includes(origin), `Access-Control-Allow-Origin is ${origin}`);
};

export const isOneOf = (status, allowed) => assert.ok(allowed.includes(status), `status ${status}, not one of ${allowed}`);

// The body and headers of an answer of the token endpoint.
export function checkToken(response, token) {
  isOneOf(response.status, [200, 201]);
  assert.match(response.headers.get("content-type"), /^application\/json/);
  assert.equal(typeof token.access_token, "string", "access_token");
  assert.match(token.token_type, /^bearer$/i);
  assert.equal(typeof token.expires_in, "number", "expires_in is a number");
  assert.ok(typeof token.scope === "string" && token.scope.trim(), "scope");
  if ("refresh_token" in token) assert.equal(typeof token.refresh_token, "string");
}

export function isNotStored(response) {
  assert.match(response.headers.get("cache-control") ?? "", /no-store/);
  assert.match(response.headers.get("pragma") ?? "", /no-cache/);
}

export async function reads(token, path, type) {
  const response = await get(token, path);
  assert.equal(response.status, 200, path);
  const resource = await response.json();
  if (type) assert.equal(resource.resourceType, type);
  return resource;
}

export const resources = async (token, query) => {
  const bundle = await reads(token, query, "Bundle");
  return (bundle.entry ?? []).map((entry) => entry.resource).filter((one) => one.resourceType !== "OperationOutcome");
};

export const missing = (wanted, held) => wanted.filter((one) => !held.includes(one));
export const hasAll = (wanted, held) => assert.ok(missing(wanted, held).length === 0, `missing: ${missing(wanted, held)}`);

// The search of each type of the unrestricted and limited access groups.
export const SEARCHES = {
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

// Whether a granted list of scopes lets every type be read (and nothing is said in v1 words).
export function coversTypes(scopes, context, types) {
  const parsed = scopes.map((scope) => scope.match(/^(patient|user)\/([A-Za-z]+|\*)\.(c?ru?d?s?)(\?.*)?$/)).filter(Boolean);
  const names = parsed.filter(([, of]) => context.includes(of)).map(([, , name]) => name);
  if (names.includes("*")) return;
  hasAll(types, names);
}

// The types a granted list must cover: of US Core 7's patient compartment.
export const COMPARTMENT = [
  "Patient", "AllergyIntolerance", "CarePlan", "CareTeam", "Condition", "DiagnosticReport", "DocumentReference", "Goal",
  "Immunization", "MedicationRequest", "Observation", "Procedure", "Provenance", "ServiceRequest", "Coverage",
  "MedicationDispense", "Specimen", "Location",
];
