// The wire of a SMART launch, step by step, so that each step can be done right or wrong. Plain fetch only.

import { createHash, createPrivateKey, randomBytes, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { Person } from "../fhirclient/person.mjs";

export const base = process.env.KINCHART_BASE_URL;
export const manifest = JSON.parse(readFileSync(process.env.KINCHART_MANIFEST, "utf8"));
export const iss = manifest.fhir_base;
export const ana = manifest.users.find((user) => user.key === "ana");
export const REDIRECT = "http://127.0.0.1:8765/callback";
export const APP_ORIGIN = "https://app.example.org";

// What the standalone group of the kit asks for by default.
export const TYPES = [
  "Medication", "AllergyIntolerance", "CarePlan", "CareTeam", "Condition", "Coverage", "Device", "DiagnosticReport",
  "DocumentReference", "Encounter", "Goal", "Immunization", "Location", "MedicationDispense", "MedicationRequest",
  "Observation", "Organization", "Patient", "Practitioner", "PractitionerRole", "Procedure", "Provenance",
  "QuestionnaireResponse", "RelatedPerson", "ServiceRequest", "Specimen",
];
export const IDENTITY = "launch/patient openid fhirUser offline_access";
export const FULL = `${IDENTITY} ${TYPES.map((type) => `patient/${type}.rs`).join(" ")}`;

export const client = (key) => manifest.clients.find((one) => one.key === key);
export const user = (key) => manifest.users.find((one) => one.key === key);

export const base64url = (bytes) => Buffer.from(bytes).toString("base64url");
export const challengeOf = (verifier) => base64url(createHash("sha256").update(verifier).digest());

export function decode(jwt) {
  const [header, claims] = jwt.split(".").slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url")));
  return { header, claims };
}

// A client assertion as RFC 7523 and SMART describe it; `changes` overrides claims.
export function assertion(app, changes = {}, alter = {}) {
  const jwk = app.private_jwk;
  const header = { alg: jwk.alg, kid: jwk.kid, typ: "JWT", ...alter };
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: app.client_id,
    sub: app.client_id,
    aud: `${base}/oauth2/token`,
    exp: now + 300,
    jti: randomBytes(32).toString("hex"),
    ...changes,
  };
  const text = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
  const key = { key: createPrivateKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  return `${text}.${base64url(sign("sha384", Buffer.from(text), key))}`;
}

export const asserted = (app, changes, alter) => ({
  client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  client_assertion: assertion(app, changes, alter),
});

// How each kind of client proves itself: headers and form fields.
export function proof(app) {
  if (app.type === "public") return { headers: { origin: APP_ORIGIN }, fields: { client_id: app.client_id } };
  if (app.private_jwk) return { headers: {}, fields: asserted(app) };
  const basic = Buffer.from(`${app.client_id}:${app.client_secret}`).toString("base64");
  return { headers: { authorization: `Basic ${basic}` }, fields: {} };
}

export const form = (path, fields, headers = {}) =>
  fetch(new URL(path, base), {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { accept: "application/json", ...headers },
    redirect: "manual",
  });

export const get = (token, path, headers = {}) =>
  fetch(`${iss}/${path}`, {
    headers: { accept: "application/fhir+json", ...(token && { authorization: `Bearer ${token}` }), ...headers },
  });

// One authorization request, prepared: its parameters, its secrets.
export function request(app, scope, changes = {}) {
  const verifier = `${crypto.randomUUID()}-${crypto.randomUUID()}`;
  const params = {
    response_type: "code",
    client_id: app.client_id,
    redirect_uri: REDIRECT,
    scope,
    state: crypto.randomUUID(),
    aud: iss,
    code_challenge: challengeOf(verifier),
    code_challenge_method: "S256",
    ...changes,
  };
  for (const name of Object.keys(params)) if (params[name] === undefined) delete params[name];
  return { app, verifier, params };
}

const isApp = (redirect) => (url) => url.startsWith(new URL(redirect).origin);

// Lets a person act until the browser is back at the app; `post` sends the request as a form.
export async function authorize(asked, { who = ana, patient, scopes, decision, post = false, person = new Person() } = {}) {
  const stop = isApp(asked.params.redirect_uri ?? REDIRECT);
  const params = new URLSearchParams(asked.params);
  const at = `${base}/oauth2/authorize`;
  let url = `${at}?${params}`;
  if (post) {
    const view = await person.open(at, { method: "POST", body: params }, stop);
    if (view.left) return new URL(view.left);
    url = view.url;
  }
  const chosen = { username: who.username, password: who.password, patient: patient ?? who.patient, scopes, decision };
  return new URL(await person.authorize(url, chosen, stop));
}

// The exchange of a code.
export function exchange(asked, code, changes = {}) {
  const { headers, fields } = proof(asked.app);
  const all = {
    grant_type: "authorization_code",
    code,
    redirect_uri: asked.params.redirect_uri,
    code_verifier: asked.verifier,
    ...fields,
    ...changes,
  };
  for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name];
  return form("/oauth2/token", all, headers);
}

export async function launch(app, scope, how = {}) {
  const asked = request(app, scope, how.params);
  const back = await authorize(asked, how);
  const response = await exchange(asked, back.searchParams.get("code"));
  const token = await response.json();
  if (response.status !== 200) throw new Error(`token endpoint: ${response.status} ${JSON.stringify(token)}`);
  return { asked, back, response, token, scopes: token.scope.split(" ") };
}

export function refresh(app, refreshToken, changes = {}) {
  const { headers, fields } = proof(app);
  return form("/oauth2/token", { grant_type: "refresh_token", refresh_token: refreshToken, ...fields, ...changes }, headers);
}

export function introspect(token, headers) {
  const { headers: own } = proof(client("confidential-app"));
  return form("/oauth2/introspect", { token }, headers ?? own);
}
