// Goes through every numbered point of what SMART App Launch test kits assert, on a running demonstration server, and
// prints a table: number, what is asked, result. `node exam.mjs [--only 1,9.3] [--out table.md] [--owed 12.6]`; exit code
// 1 when a point does not hold, or when one that is named as owed does.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Table } from "./exam/table.mjs";
import { close } from "./exam/kinds.mjs";

const { values } = parseArgs({ options: { only: { type: "string" }, out: { type: "string" }, owed: { type: "string" } } });
const wanted = values.only?.split(",");
const owed = values.owed?.split(",") ?? [];

const chapters = [
  "discovery", "authorization", "token", "standalone", "limited", "openid", "refreshing", "ehr", "additional", "refused",
  "granular", "attested", "backend", "introspection", "brands", "udap", "surprises",
];

const table = new Table();
for (const name of chapters) {
  const { points } = await import(`./exam/${name}.mjs`);
  for (const [number, text, ask] of points) {
    if (wanted && !wanted.some((one) => number === one || number.startsWith(`${one}.`))) continue;
    try {
      const note = (await ask()) ?? "";
      if (owed.includes(number)) table.add(number, text, "FAIL", "holds, but is named as owed");
      else table.add(number, text, "PASS", note);
    } catch (error) {
      table.add(number, text, owed.includes(number) ? "OWED" : "FAIL", String(error.message ?? error).split("\n").slice(0, 3).join(" "));
    }
  }
}
close();

const text = table.markdown();
console.log(text);
if (values.out) writeFileSync(values.out, text);
process.exit(table.failed.length ? 1 : 0);
