// Section 9: public clients, revocation, keys of both kinds, v1 scopes.

import assert from "node:assert/strict";
import { FULL, IDENTITY, TYPES, ana, base, client, get, introspect, launch, refresh } from "../flow.mjs";
import { Person } from "../../fhirclient/person.mjs";
import { SEARCHES, checkToken, isOneOf, publicLaunch, reads } from "./desk.mjs";
import { READS, asymmetric } from "./kinds.mjs";

// The person's page of connected apps, signed in.
export async function management(person, who = ana) {
  const view = await person.open(`${base}/account/apps`);
  if (!view.page.querySelector('[name="password"]')) return view;
  return person.submit(view, { username: who.username, password: who.password });
}

const send = (person, form) => {
  const fields = form.querySelectorAll("input").map((one) => [one.getAttribute("name"), one.getAttribute("value") ?? ""]);
  return person.open(new URL(form.getAttribute("action"), base).href, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { origin: base },
  });
};

async function isEnded(app, token) {
  isOneOf((await get(token.access_token, `Patient/${token.patient}`)).status, [401, 403, 404]);
  isOneOf((await refresh(app, token.refresh_token)).status, [400, 401]);
  assert.deepEqual(await (await introspect(token.access_token)).json(), { active: false });
}

async function everyType(scope, app) {
  const { response, token, scopes } = await launch(app, scope);
  checkToken(response, token);
  for (const type of TYPES) assert.ok(scopes.some((one) => one.startsWith(`patient/${type}.`)), type);
  for (const [type, search] of Object.entries(SEARCHES)) {
    isOneOf((await get(token.access_token, search(token.patient))).status, [200], type);
  }
}

const keys = (alg, by) => async () => {
  const app = await asymmetric(alg, by);
  const { response, token } = await launch(app, READS);
  checkToken(response, token);
  assert.ok(token.id_token && token.refresh_token);
  await reads(token.access_token, `Patient/${token.patient}`, "Patient");
  isOneOf((await refresh(app, crypto.randomUUID())).status, [400, 401]);
  const renewed = await refresh(app, token.refresh_token);
  checkToken(renewed, await renewed.json());
};

export const points = [
  ["9.16", "public standalone: PKCE only, id_token and refresh token all the same, the patient readable", async () => {
    const { token } = await publicLaunch();
    assert.ok(token.id_token && token.refresh_token);
    await reads(token.access_token, `Patient/${token.patient}`, "Patient");
  }],
  ["9.3.1", "disconnected on the person's page: token, refresh and introspection are dead at once", async () => {
    const app = client("confidential-app");
    const { token } = await launch(app, FULL);
    await reads(token.access_token, `Patient/${token.patient}`, "Patient");
    const person = new Person();
    for (let rounds = 0; rounds < 60; rounds++) {
      const view = await management(person);
      const form = view.page.querySelectorAll("form").find((one) => /\/disconnect$/.test(one.getAttribute("action") ?? ""));
      if (!form) break;
      await send(person, form);
    }
    await isEnded(app, token);
  }],
  ["9.3.2", "every app cut off by one click: the same", async () => {
    const made = [await launch(client("confidential-app"), FULL), await launch(client("public-app"), FULL)];
    const person = new Person();
    const view = await management(person);
    const all = view.page.querySelectorAll("form").find((one) => /disconnect-all$/.test(one.getAttribute("action") ?? ""));
    await send(person, all);
    await isEnded(client("confidential-app"), made[0].token);
    await isEnded(client("public-app"), made[1].token);
  }],
  ["9.3.3", "narrowed on the person's page: the next request is refused, introspection and refresh tell the rest", async () => {
    const app = client("confidential-app");
    const { token } = await launch(app, "launch/patient offline_access patient/Patient.rs patient/Observation.rs");
    await reads(token.access_token, "Observation?_count=1", "Bundle");
    const person = new Person();
    const list = await management(person);
    const link = list.page.querySelectorAll("a").find((one) => /\/apps\/app\?/.test(one.getAttribute("href") ?? ""));
    const page = await person.open(new URL(link.getAttribute("href"), base).href);
    await person.submit(page, { scope: ["patient/Patient.rs"] });
    isOneOf((await get(token.access_token, "Observation?_count=1")).status, [401, 403]);
    await reads(token.access_token, `Patient/${token.patient}`, "Patient");
    const told = await (await introspect(token.access_token)).json();
    assert.ok(!told.scope.includes("Observation"), told.scope);
    const renewed = await (await refresh(app, token.refresh_token)).json();
    assert.deepEqual(renewed.scope.split(" ").sort(), told.scope.split(" ").sort());
  }],
  ["9.21.1", "asymmetric standalone, RS384, keys inline: launch, refresh, wrong refresh", keys("RS384", "inline")],
  ["9.21.2", "asymmetric standalone, ES384, keys at an address: launch, refresh, wrong refresh", keys("ES384", "address")],
  ["9.22", "v1 scopes: every type granted, every search answered", () =>
    everyType(`${IDENTITY} ${TYPES.map((type) => `patient/${type}.read`).join(" ")}`, client("public-app"))],
];
