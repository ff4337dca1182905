// Goes through what outside Bulk Data 2.0.0 test kits assert, at each level of export, on a running server, and prints a
// table. `node exam.mjs [--only group] [--out table.md]`; exit code 1 when a point does not hold.
//
// It asks the demonstration named by KINCHART_MANIFEST, as its backend client.

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { backendTokens } from "../us-core/client.mjs";
import { Exporter } from "./exporter.mjs";
import { contents } from "./contents.mjs";
import { level } from "./level.mjs";
import { statement } from "./statement.mjs";

const text = { type: "string" };
const { values: options } = parseArgs({ options: { only: text, out: text } });
const manifest = JSON.parse(readFileSync(process.env.KINCHART_MANIFEST, "utf8"));
const app = manifest.clients.find((one) => one.key === "backend");
const exporter = new Exporter(manifest.fhir_base, backendTokens(`${manifest.base_url}/oauth2/token`, app, "system/*.rs"));
const group = manifest.groups[0];

const rows = [];
async function ask(place, number, what, run) {
  try {
    rows.push({ place, number, what, result: "PASS", note: (await run()) ?? "" });
  } catch (error) {
    rows.push({ place, number, what, result: "FAIL", note: String(error.message ?? error).split("\n").slice(0, 3).join(" ") });
  }
}

const levels = { group: `Group/${group}/$export`, patient: "Patient/$export", system: "$export" };
for (const [name, address] of Object.entries(levels)) {
  if (options.only && options.only !== name) continue;
  const asked = (...point) => ask(name, ...point);
  await statement(asked, exporter, name);
  const files = await level(asked, exporter, address);
  if (name === "group") await contents(asked, exporter, files, group);
}

const failed = rows.filter((row) => row.result !== "PASS");
const line = ({ place, number, what, result, note }) => `| ${place} ${number} | ${what} | ${result} | ${note.replaceAll("|", "\\|").slice(0, 240)} |`;
const head = `## Bulk Data Access 2.0.0, point by point\n\n${rows.length - failed.length} of ${rows.length} points hold.`;
const written = `${head}\n\n| point | what is asked | result | note |\n|---|---|---|---|\n${rows.map(line).join("\n")}\n`;
console.log(written);
if (options.out) writeFileSync(options.out, written);
process.exit(failed.length ? 1 : 0);
