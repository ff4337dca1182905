// Section 8: the launch out of the electronic health record, by a practitioner, and 9.19 with patient scopes.

import assert from "node:assert/strict";
import { TYPES, authorize, client, exchange, get, iss, launch, manifest, refresh, request } from "../flow.mjs";
import { COMPARTMENT, checkToken, coversTypes, hasAll, isOneOf, once, reads, staff } from "./desk.mjs";
import { examined, userRead, verified } from "./openid.mjs";

const IDENTITY = ["launch", "openid", "fhirUser", "offline_access"];
export const USER = [...IDENTITY, ...TYPES.map((type) => `user/${type}.rs`)].join(" ");

const doctor = once(() => staff("clinician"));

// The practitioner's own token: the record is the app that opens the others.
const record = once(() => launch(client("clinic-app"), "openid fhirUser user/*.rs", { who: doctor(), patient: "" }));

// A handle made by the record for the app, as its operation makes it, and where the browser is sent with it.
export async function opened(app, more = []) {
  const { token } = await record();
  const [chart] = manifest.launches;
  const response = await fetch(`${iss}/Patient/${chart.patient}/$launch`, {
    method: "POST",
    headers: { authorization: `Bearer ${token.access_token}`, "content-type": "application/fhir+json" },
    body: JSON.stringify({
      resourceType: "Parameters",
      parameter: [
        { name: "client", valueString: app.client_id },
        { name: "encounter", valueId: chart.encounter },
        ...more,
      ],
    }),
  });
  const answer = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  const url = answer.parameter.find((one) => one.name === "url");
  return { chart, url: new URL(Object.entries(url).find(([name]) => name.startsWith("value"))[1]) };
}

async function launched(app, scope, how = {}) {
  const { chart, url } = await opened(app, how.more);
  const asked = request(app, scope, { launch: url.searchParams.get("launch"), aud: url.searchParams.get("iss") });
  const back = await authorize(asked, { who: doctor(), patient: "", post: true, ...how });
  assert.equal(back.searchParams.get("error"), null, back.search);
  const response = await exchange(asked, back.searchParams.get("code"));
  const token = await response.json();
  return { chart, url, asked, back, response, token, scopes: (token.scope ?? "").split(" ") };
}

const own = once(() => launched(client("clinic-app"), USER));
const narrow = once(() => launched(client("clinic-app"), `${IDENTITY.join(" ")} patient/Patient.rs`));

export const points = [
  ["8.01", "the record opens the app's launch address with iss and a launch handle", async () => {
    const { url } = await opened(client("clinic-app"));
    assert.equal(url.searchParams.get("iss"), iss);
    assert.ok(url.searchParams.get("launch"));
  }],
  ["8.02", "authorized by POST, the handle in the request; code and state come back", async () => {
    const { asked, back } = await own();
    assert.ok(back.searchParams.get("code"));
    assert.equal(back.searchParams.get("state"), asked.params.state);
  }],
  ["8.03", "asked and granted hold openid, fhirUser, launch and offline_access; user scopes of every type", async () => {
    const { response, token, scopes } = await own();
    checkToken(response, token);
    hasAll(IDENTITY, scopes);
    coversTypes(scopes, ["user"], COMPARTMENT);
    assert.deepEqual(scopes.filter((scope) => scope.startsWith("patient/")), []);
  }],
  ["8.04", "the patient without a token: 401", async () => {
    assert.equal((await get(null, `Patient/${(await own()).token.patient}`)).status, 401);
  }],
  ["8.05", "patient is told and readable", async () => {
    const { token, chart } = await own();
    assert.equal(token.patient, chart.patient);
    await reads(token.access_token, `Patient/${token.patient}`, "Patient");
  }],
  ["8.06", "encounter is told and readable", async () => {
    const { token, chart } = await own();
    assert.equal(token.encounter, chart.encounter);
    await reads(token.access_token, `Encounter/${token.encounter}`, "Encounter");
  }],
  ["8.07", "smart_style_url is public JSON", async () => {
    const response = await fetch((await own()).token.smart_style_url);
    assert.equal(response.status, 200);
    assert.ok(typeof (await response.json()) === "object");
  }],
  ["8.08", "need_patient_banner is told as a boolean", async () => {
    assert.equal(typeof (await own()).token.need_patient_banner, "boolean");
  }],
  ["8.09", "intent comes along where the record gave one", async () => {
    const more = [{ name: "intent", valueString: "reconcile-medications" }];
    assert.equal((await launched(client("clinic-app"), USER, { more })).token.intent, "reconcile-medications");
  }],
  ["8.10", "the id_token verifies, and the Practitioner behind fhirUser is readable", async () => {
    const seen = await examined((await own()).token, client("clinic-app").client_id);
    verified(seen);
    await userRead(seen, ["Practitioner"]);
  }],
  ["8.11", "refresh, and the new token reads", async () => {
    const { token } = await own();
    const response = await refresh(client("clinic-app"), token.refresh_token);
    const answer = await response.json();
    checkToken(response, answer);
    await reads(answer.access_token, `Patient/${token.patient}`, "Patient");
  }],
  ["8.12", "a handle is good once, and for its own app only", async () => {
    const { url } = await opened(client("clinic-app"));
    const asked = request(client("confidential-app"), USER, { launch: url.searchParams.get("launch") });
    const back = await authorize(asked, { who: doctor(), patient: "" }).catch((error) => error);
    assert.ok(back instanceof Error || back.searchParams.get("error"), "another app was let in");
    const { asked: used } = await own();
    const again = request(client("clinic-app"), USER, { launch: used.params.launch });
    const second = await authorize(again, { who: doctor(), patient: "" }).catch((error) => error);
    assert.ok(second instanceof Error || second.searchParams.get("error"), "a handle was good twice");
  }],
  ["9.19", "with patient/Patient.rs alone: granted with r and s, the patient in context readable", async () => {
    const { response, token, scopes } = await narrow();
    checkToken(response, token);
    const letters = scopes.flatMap((scope) => scope.match(/^patient\/(?:Patient|\*)\.([cruds]+)$/)?.[1] ?? "").join("");
    assert.ok(letters.includes("r") && letters.includes("s"), token.scope);
    await reads(token.access_token, `Patient/${token.patient}`, "Patient");
    isOneOf((await get(token.access_token, "Observation?_count=1")).status, [401, 403]);
  }],
];
