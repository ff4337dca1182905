// Section 9.25 and 9.28: scopes for parts of a type.

import assert from "node:assert/strict";
import { FULL, IDENTITY, ana, client, form, get, iss, launch } from "../flow.mjs";
import { hasAll, isOneOf, once, reads, resources } from "./desk.mjs";

const TERMINOLOGY = "http://terminology.hl7.org/CodeSystem";
const US_CORE = "http://hl7.org/fhir/us/core/CodeSystem";
const condition = (code) => `patient/Condition.rs?category=${TERMINOLOGY}/condition-category|${code}`;
const observation = (code) => `patient/Observation.rs?category=${TERMINOLOGY}/observation-category|${code}`;
const concern = `patient/Condition.rs?category=${US_CORE}/condition-category|health-concern`;
const ofUsCore = (code) => `patient/Observation.rs?category=${US_CORE}/us-core-category|${code}`;

const SETS = [
  [condition("encounter-diagnosis"), concern, observation("laboratory"), observation("social-history")],
  [condition("problem-list-item"), observation("vital-signs"), observation("survey"), ofUsCore("sdoh")],
];
const CHOICES = [
  condition("encounter-diagnosis"), condition("problem-list-item"), concern,
  ...["laboratory", "social-history", "survey", "vital-signs"].map(observation), ofUsCore("clinical-test"), ofUsCore("sdoh"),
];

const whole = once(() => launch(client("confidential-app"), FULL));
const part = SETS.map((set) => once(() => launch(client("confidential-app"), `${IDENTITY} ${set.join(" ")}`)));

const categories = (resource) =>
  (resource.category ?? []).flatMap((one) => one.coding ?? []).map((coding) => `${coding.system}|${coding.code}`.toLowerCase());
const within = (set, type) => (resource) =>
  set.filter((scope) => scope.startsWith(`patient/${type}.`)).some((scope) => categories(resource).includes(scope.split("category=")[1].toLowerCase()));

// Every search of one patient that the groups before made, by type.
async function queries(type) {
  const all = await resources((await whole()).token.access_token, `${type}?patient=${ana.patient}&_count=1000`);
  const values = (make) => [...new Set(all.flatMap(make))].slice(0, 12);
  const coded = values((one) => categories(one));
  const codes = values((one) => (one.code?.coding ?? []).map((coding) => `${coding.system}|${coding.code}`));
  const list = [
    `patient=${ana.patient}`,
    `patient=Patient/${ana.patient}`,
    ...coded.map((value) => `patient=${ana.patient}&category=${encodeURIComponent(value)}`),
    ...codes.map((value) => `patient=${ana.patient}&code=${encodeURIComponent(value)}`),
  ];
  return type === "Observation" ? [...list, ...coded.map((value) => `patient=${ana.patient}&category=${encodeURIComponent(value)}&date=gt1990`)] : list;
}

async function replayed(at, type) {
  const token = (await part[at]()).token.access_token;
  const full = (await whole()).token.access_token;
  const inside = within(SETS[at], type);
  let compared = 0;
  for (const query of await queries(type)) {
    const expected = (await resources(full, `${type}?${query}&_count=1000`)).filter(inside).map((one) => one.id).sort();
    const byGet = (await resources(token, `${type}?${query}&_count=1000`)).map((one) => one.id).sort();
    assert.deepEqual(byGet, expected, `${type}?${query}`);
    const posted = await form(`${iss}/${type}/_search`, new URLSearchParams(`${query}&_count=1000`), { authorization: `Bearer ${token}` });
    const byPost = ((await posted.json()).entry ?? []).map((entry) => entry.resource.id).sort();
    assert.deepEqual(byPost, expected, `POST ${type}?${query}`);
    compared += expected.length;
  }
  assert.ok(compared > 0, "nothing was compared");
  return `${compared} compared`;
}

async function read(at, type) {
  const token = (await part[at]()).token.access_token;
  const all = await resources((await whole()).token.access_token, `${type}?patient=${ana.patient}&_count=1000`);
  for (const scope of SETS[at].filter((one) => one.startsWith(`patient/${type}.`))) {
    const one = all.find(within([scope], type));
    assert.ok(one, `the record has nothing for ${scope}`);
    await reads(token, `${type}/${one.id}`, type);
  }
  const outside = all.filter((one) => !within(SETS[at], type)(one));
  assert.ok(outside.length > 0);
  for (const one of outside) isOneOf((await get(token, `${type}/${one.id}`)).status, [401, 403, 404]);
}

export const points = [
  ...SETS.flatMap((set, at) => [
    [`9.25.${at + 1}.1`, "granted letter by letter, and no whole type beside it", async () => {
      const { scopes } = await part[at]();
      hasAll(set, scopes);
      assert.deepEqual(scopes.filter((scope) => /\/(Condition|Observation|\*)\.[a-z]+$/.test(scope)), []);
    }],
    ...["Condition", "Observation"].flatMap((type, index) => [
      [`9.25.${at + 1}.${index * 2 + 2}`, `${type}: every search by GET and POST finds what is within, all of it and nothing else`, () => replayed(at, type)],
      [`9.25.${at + 1}.${index * 2 + 3}`, `${type}: within is readable, outside is not`, () => read(at, type)],
    ]),
  ]),
  ["9.28", "the approval page offers every part HTI-1 names, in place of the whole", async () => {
    const asked = `${IDENTITY} patient/Condition.rs patient/Observation.rs patient/Patient.rs`;
    const { scopes } = await launch(client("confidential-app"), asked, { scopes: [...IDENTITY.split(" "), "patient/Patient.rs", ...CHOICES] });
    hasAll(CHOICES, scopes);
    assert.ok(!scopes.includes("patient/Condition.rs") && !scopes.includes("patient/Observation.rs"));
    assert.ok(scopes.includes("patient/Patient.rs"));
  }],
];
