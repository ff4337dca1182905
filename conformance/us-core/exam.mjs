// The command: walks US Core against a running server and writes a table; exits 1 if something required fails.
//
//   node exam.mjs --version 7.0.0 [--base URL --token TOKEN --patients a,b] [--out FILE] [--only us-core-patient]
//
// Without --base it asks the demonstration named by KINCHART_MANIFEST, as its backend client.

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { across } from "./across.mjs";
import { Client, backendTokens } from "./client.mjs";
import { at } from "./elements.mjs";
import { Group } from "./group.mjs";
import { statement } from "./statement.mjs";
import { Table } from "./table.mjs";

const PATIENTS_MAX = 40;
// 7.0.0 gives us-core-sex a code, 8.0.0 a Coding: no record is valid as both. Ours are made for 7.0.0.
const CONFLICTS = { "8.0.0": ["us-core-sex|8.0.0"] };

const text = { type: "string" };
const { values: options } = parseArgs({
  options: { version: { ...text, multiple: true, default: ["7.0.0"] }, base: text, token: text, patients: text, out: text, only: text },
});

function server() {
  if (options.base) return { base: options.base, token: async () => options.token, patients: options.patients?.split(",") ?? [] };
  const manifest = JSON.parse(readFileSync(process.env.KINCHART_MANIFEST, "utf8"));
  const app = manifest.clients.find((one) => one.key === "backend");
  const token = backendTokens(`${manifest.base_url}/oauth2/token`, app, "system/*.rs");
  return { base: manifest.fhir_base, token, patients: options.patients?.split(",") ?? [] };
}

// Whose records are looked at when nobody is named: the first page of patients.
async function somePatients(client) {
  const page = await client.fetch(`Patient?_count=${PATIENTS_MAX}`);
  return page.body.entry.map((one) => one.resource.id);
}

// What references of a set of resources lead to, by type, for the groups that are reached only so.
async function harvest(client, seen, harvested) {
  for (const one of seen) {
    for (const reference of references(one)) {
      const type = reference.split("/").at(-2);
      const known = harvested.get(type);
      if (!known || known.has(reference)) continue;
      const held = await client.resolve(reference);
      if (held) known.set(reference, held);
    }
  }
}

function* references(node) {
  if (typeof node !== "object" || node === null) return;
  if (typeof node.reference === "string" && !node.reference.startsWith("#")) yield node.reference;
  for (const value of Object.values(node)) yield* references(value);
}

async function examine(version) {
  const { base, token, patients: named } = server();
  const client = new Client(base, token, CONFLICTS[version]);
  const patients = named.length ? named : await somePatients(client);
  const file = new URL(`requirements/${version}.ndjson`, import.meta.url);
  const profiles = readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const table = new Table(version);
  await statement(client, version, profiles, table);
  const delayed = profiles.filter((one) => one.delayed || !one.searches.length);
  const harvested = new Map(delayed.map((one) => [one.type, new Map()]));
  const seen = [];
  const examined = profiles.filter((one) => !options.only || one.id === options.only);
  for (const profile of [...examined.filter((one) => !delayed.includes(one)), ...examined.filter((one) => delayed.includes(one))]) {
    const known = [...(harvested.get(profile.type)?.values() ?? [])];
    if (profile.type === "Provenance") {
      for (const patient of patients) known.push(...(await client.search("Provenance", [["patient", patient]])).matches);
    }
    const group = new Group(client, profile, version, table, patients, known);
    await group.run();
    seen.push(...group.resources);
    await harvest(client, group.resources, harvested);
  }
  if (!options.only) await across(client, version, patients, seen, table);
  return { table, client };
}

let failed = false;
let written = "";
for (const version of options.version) {
  const started = Date.now();
  const { table, client } = await examine(version);
  written += `${table.markdown()}\n`;
  failed ||= table.lacking.length > 0;
  for (const row of table.rows.filter((row) => row.verdict !== "PASS")) {
    console.log(`${version} ${row.verdict} ${row.level} ${row.group}: ${row.test}: ${row.note}`);
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const excepted = client.exceptions ? `, ${client.exceptions} faults of ${client.excepted} excepted` : "";
  console.log(`US Core ${version}: ${table.count("PASS")} passed, ${table.lacking.length} required failed${excepted}, ${client.requests} requests, ${seconds} s`);
}
if (options.out) writeFileSync(options.out, written);
process.exitCode = failed ? 1 : 0;
