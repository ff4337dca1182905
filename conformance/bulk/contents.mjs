// Points 8 and 9 of a Group's export: exactly its members, every type US Core 7.0.0 asks for, each line valid against its
// profile, and every must-support element shown somewhere.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Client } from "../us-core/client.mjs";
import { shows, title } from "../us-core/elements.mjs";

const VERSION = "7.0.0";
const REQUIRED = [
  "Patient", "AllergyIntolerance", "CarePlan", "CareTeam", "Condition", "Device", "DiagnosticReport", "DocumentReference", "Goal",
  "Immunization", "MedicationRequest", "Observation", "Procedure", "Encounter", "Organization", "Practitioner", "Provenance",
  "ServiceRequest", "RelatedPerson", "Coverage", "MedicationDispense", "Specimen", "Location",
];
const OPTIONAL = ["Medication", "QuestionnaireResponse", "PractitionerRole"];
// Left out by kits.
const EXCLUDED = ["us-core-observation-sexual-orientation", "us-core-simple-observation"];
// Lines validated at once.
const AT_ONCE = 4;
const FAULTS_SHOWN = 3;

const file = new URL(`../us-core/requirements/${VERSION}.ndjson`, import.meta.url);
const profiles = readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line)).filter((one) => !EXCLUDED.includes(one.id));

const codes = (concepts) => [concepts ?? []].flat().flatMap((one) => one.coding ?? []).map((coding) => coding.code);
const fixed = (profile, param) => profile.searches.find((one) => one.fixed?.param === param)?.fixed.values ?? [];
const hit = (wanted, held) => held.some((code) => wanted.includes(code));

// The profiles that kits hold a resource against.
function chosen(resource) {
  const type = resource.resourceType;
  const of = profiles.filter((one) => one.type === type);
  const category = codes(resource.category);
  switch (type) {
    case "Condition":
      return of.filter((one) => hit(fixed(one, "category"), category));
    case "DiagnosticReport":
      return of.filter((one) => one.id.endsWith(category.includes("LAB") ? "-lab" : "-note"));
    case "Observation": {
      const coded = of.filter((one) => hit(fixed(one, "code"), codes(resource.code)));
      return coded.length ? coded : of.filter((one) => hit(fixed(one, "category"), category));
    }
    default:
      return of;
  }
}

async function validate(client, resources) {
  const faults = [];
  const waiting = [...resources];
  const one = async () => {
    for (let resource = waiting.pop(); resource; resource = waiting.pop()) {
      // A choice of profiles is satisfied by one of them.
      const results = [];
      for (const profile of chosen(resource)) results.push(await client.validate(resource, `${profile.canonical}|${VERSION}`));
      if (results.length && results.every((found) => found.length)) faults.push(`${resource.resourceType}/${resource.id} ${results[0][0]}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return faults;
}

export async function contents(ask, exporter, files, group) {
  const client = new Client(exporter.base, exporter.token);
  await ask("8.2", "the patients are exactly the members", async () => {
    const { body } = await client.fetch(`Group/${group}`);
    const members = body.member.map((one) => one.entity.reference.split("/").at(-1));
    assert.deepEqual(files.get("Patient").map((one) => one.id).sort(), members.sort());
  });
  for (const type of [...REQUIRED, ...OPTIONAL]) {
    const resources = files.get(type) ?? [];
    if (!resources.length && OPTIONAL.includes(type)) continue;
    await ask("9.1", `${type}: there, and each line valid`, async () => {
      assert.ok(resources.length > 0, "no file");
      const faults = await validate(client, resources);
      assert.equal(faults.length, 0, `${faults.length}: ${faults.slice(0, FAULTS_SHOWN).join("; ")}`);
      return `${resources.length} lines`;
    });
    for (const profile of profiles.filter((one) => one.type === type)) {
      await ask("9.2", `${profile.id}: every must-support element`, () => {
        const shown = resources.filter((one) => chosen(one).includes(profile));
        const slices = profile.must_support.filter((one) => one.slice);
        const lacking = profile.must_support.filter((wanted) => !shown.some((one) => shows(one, wanted, slices)));
        assert.equal(lacking.length, 0, lacking.map(title).join(", "));
      });
    }
  }
}
