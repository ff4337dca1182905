// Point 1: the CapabilityStatement declares the export of a level.

import assert from "node:assert/strict";

const GUIDE = "http://hl7.org/fhir/uv/bulkdata";
const TYPES = { group: "Group", patient: "Patient" };
const DEFINITIONS = { group: "group-export", patient: "patient-export", system: "export" };
const bare = (canonical) => canonical.split("|")[0];

export async function statement(ask, exporter, level) {
  let body;
  await ask("1.1", "the CapabilityStatement is told", async () => {
    const response = await fetch(`${exporter.base}/metadata`, { headers: { accept: "application/fhir+json" } });
    assert.ok([200, 201].includes(response.status), `${response.status}`);
    body = await response.json();
  });
  const operations = () => {
    const rest = body.rest[0];
    const of = TYPES[level] ? rest.resource.find((one) => one.type === TYPES[level]) : rest;
    return of.operation ?? [];
  };
  await ask("1.2", "an operation is declared at its level", () => assert.ok(operations().length > 0));
  await ask("1.3", "one named export", () => assert.ok(operations().some((one) => one.name === "export")));
  await ask("1.4", "by the guide's definition", () => {
    const wanted = `${GUIDE}/OperationDefinition/${DEFINITIONS[level]}`;
    assert.ok(operations().some((one) => bare(one.definition) === wanted));
  });
  await ask("1.5", "the guide's statement is instantiated", () => {
    assert.ok(body.instantiates?.some((one) => bare(one) === `${GUIDE}/CapabilityStatement/bulk-data`));
  });
}
