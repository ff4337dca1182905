// The interactions through `fhir-kit-client`, which knows nothing of the server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, CapabilityTool } from "fhir-kit-client";

const client = new Client({
  baseUrl: `${process.env.KINCHART_BASE_URL}/fhir`,
  bearerToken: process.env.KINCHART_TOKEN,
});
const SYSTEM = "urn:conformance:fhir-kit-client";
const run = `${Date.now()}-${process.pid}`;
const someone = (value) => ({
  resourceType: "Patient",
  identifier: [{ system: SYSTEM, value }],
  name: [{ family: "Kit", given: ["One"] }],
  gender: "female",
});

test("the capabilities say what follows is possible", async () => {
  const capabilities = new CapabilityTool(await client.capabilityStatement());
  for (const code of ["create", "read", "vread", "update", "patch", "delete", "search-type", "history-instance"])
    assert.ok(capabilities.resourceCan("Patient", code), code);
  assert.ok(capabilities.serverCan("transaction"));
});

test("create, read, update, patch, vread, history, delete", async () => {
  const made = await client.create({ resourceType: "Patient", body: someone(run) });
  const id = made.id;
  assert.equal((await client.read({ resourceType: "Patient", id })).name[0].family, "Kit");
  const changed = await client.update({ resourceType: "Patient", id, body: { ...made, active: true } });
  assert.equal(changed.meta.versionId, "2");
  const patched = await client.patch({
    resourceType: "Patient",
    id,
    jsonPatch: [
      { op: "test", path: "/active", value: true },
      { op: "replace", path: "/gender", value: "other" },
    ],
  });
  assert.deepEqual([patched.gender, patched.meta.versionId], ["other", "3"]);
  const first = await client.vread({ resourceType: "Patient", id, version: "1" });
  assert.equal(first.active, undefined);
  const history = await client.resourceHistory({ resourceType: "Patient", id });
  assert.equal(history.total, 3);
  await client.delete({ resourceType: "Patient", id });
  await assert.rejects(client.read({ resourceType: "Patient", id }), (error) => error.response.status === 410);
});

test("a transaction links its entries, and searches find them page by page", async () => {
  const urn = "urn:uuid:6f1c7f3e-5a5b-4a5e-9a1e-3f9b8c1d2e4f";
  const entries = [{ fullUrl: urn, resource: someone(`${run}-t`), request: { method: "POST", url: "Patient" } }];
  for (let number = 0; number < 5; number += 1)
    entries.push({
      resource: {
        resourceType: "Observation",
        status: "final",
        code: { text: `count ${number}` },
        subject: { reference: urn },
        valueQuantity: { value: number },
      },
      request: { method: "POST", url: "Observation" },
    });
  const done = await client.transaction({ body: { resourceType: "Bundle", type: "transaction", entry: entries } });
  assert.deepEqual(new Set(done.entry.map((e) => e.response.status)), new Set(["201 Created"]));
  const found = await client.search({ resourceType: "Patient", searchParams: { identifier: `${SYSTEM}|${run}-t` } });
  assert.equal(found.total, 1);
  const patient = found.entry[0].resource.id;
  let page = await client.search({ resourceType: "Observation", searchParams: { subject: `Patient/${patient}`, _count: 2 } });
  let seen = 0;
  for (; page; page = await client.nextPage({ bundle: page })) seen += page.entry.length;
  assert.equal(seen, 5);
  const near = await client.compartmentSearch({
    resourceType: "Observation",
    compartment: { resourceType: "Patient", id: patient },
  });
  assert.equal(near.total, 5);
});

test("a batch answers each entry, and faults are outcomes", async () => {
  const entry = [
    { request: { method: "GET", url: "Patient/no-such-patient" } },
    { request: { method: "GET", url: "metadata" } },
  ];
  const done = await client.batch({ body: { resourceType: "Bundle", type: "batch", entry } });
  assert.deepEqual(done.entry.map((e) => e.response.status.slice(0, 3)), ["404", "200"]);
  const wrong = client.create({ resourceType: "Patient", body: { resourceType: "Patient", gender: "banana" } });
  await assert.rejects(wrong, (error) => error.response.data.resourceType === "OperationOutcome");
});
