// Points 2 to 8, 10 and 11: one level of export from kick-off to the last file, and ended.

import assert from "node:assert/strict";

const KEYS = ["transactionTime", "request", "requiresAccessToken", "output", "error"];
const FORMATS = ["application/fhir+ndjson", "application/ndjson", "ndjson"];
const WEEK = 7 * 24 * 3_600_000;

const isAbsolute = (url) => ["http:", "https:"].includes(new URL(url).protocol);

// A week before now by the server's own clock, which the demonstration moves.
const weekAgo = (manifest) => new Date(new Date(manifest.transactionTime) - WEEK).toISOString();

async function ended(exporter, address) {
  const status = await exporter.begin(address);
  const response = await exporter.status(status, "DELETE");
  assert.equal(response.status, 202);
  return status;
}

// Gives what the files held, by type.
export async function level(ask, exporter, address) {
  let status;
  let manifest;
  const files = new Map();
  await ask("2", "no token: 400 or 401", async () => {
    const response = await exporter.kickOff(address, {}, false);
    assert.ok([400, 401].includes(response.status), `${response.status}`);
  });
  await ask("3", "a kick-off: 202 and Content-Location", async () => {
    status = await exporter.begin(address);
    assert.ok(isAbsolute(status));
  });
  await ask("4", "the status: 202 until there is a manifest", async () => {
    const response = await exporter.wait(status);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type"), /application\/json/);
    manifest = await response.json();
    assert.deepEqual(KEYS.filter((key) => manifest[key] === undefined), []);
    assert.ok(new Date(response.headers.get("expires")) > new Date(manifest.transactionTime));
  });
  await ask("5", "every output has a type and an absolute url", () => {
    assert.ok(manifest.output.length > 0);
    for (const one of manifest.output) assert.ok(one.type && isAbsolute(one.url), JSON.stringify(one));
  });
  await ask("6", "a file without token: 400 or 401", async () => {
    assert.equal(manifest.requiresAccessToken, true);
    const response = await fetch(manifest.output[0].url);
    assert.ok([400, 401].includes(response.status), `${response.status}`);
  });
  await ask("7", "each line of each file is a resource of the file's type", async () => {
    let count = 0;
    for (const { type, url, count: told } of manifest.output) {
      const lines = await exporter.file(url, manifest.requiresAccessToken);
      for (const one of lines) assert.equal(one.resourceType, type);
      assert.equal(lines.length, told, `${type}: ${lines.length} of ${told}`);
      files.set(type, [...(files.get(type) ?? []), ...lines]);
      count += lines.length;
    }
    return `${count} resources in ${manifest.output.length} files`;
  });
  await ask("8", "at least two patients", () => assert.ok(files.get("Patient").length >= 2));
  await ask("10.1", "ended at once: 202, then 404 with an OperationOutcome", async () => {
    const gone = await exporter.status(await ended(exporter, address));
    assert.equal(gone.status, 404);
    assert.equal((await gone.json()).resourceType, "OperationOutcome");
  });
  await ask("10.2", "ended when it is done: 202, and its files are gone", async () => {
    assert.equal((await exporter.status(status, "DELETE")).status, 202);
    assert.equal((await exporter.status(status)).status, 404);
    const file = await fetch(manifest.output[0].url, { headers: await exporter.bearer() });
    assert.equal(file.status, 404);
  });
  for (const format of FORMATS) {
    const query = `?_outputFormat=${encodeURIComponent(format)}`;
    await ask("11.1", `_outputFormat=${format}`, async () => void (await ended(exporter, address + query)));
  }
  await ask("11.2", "_since: a week ago", async () => {
    const query = `?_since=${encodeURIComponent(weekAgo(manifest))}`;
    await ended(exporter, address + query);
  });
  await narrowed(ask, exporter, address);
  return files;
}

// What the guide has and kits take somebody's word for.
async function narrowed(ask, exporter, address) {
  const all = async (url) => {
    const response = await exporter.wait(url);
    const manifest = await response.json();
    const lines = [];
    for (const one of manifest.output) lines.push(...(await exporter.file(one.url, true)));
    await exporter.status(url, "DELETE");
    return { manifest, lines };
  };
  await ask("12.1", "_type: no other types", async () => {
    const { lines } = await all(await exporter.begin(`${address}?_type=Patient,Condition`));
    assert.deepEqual([...new Set(lines.map((one) => one.resourceType))].sort(), ["Condition", "Patient"]);
  });
  await ask("12.2", "_typeFilter: only what the query finds", async () => {
    const filter = encodeURIComponent("Observation?category=laboratory");
    const { lines } = await all(await exporter.begin(`${address}?_type=Observation&_typeFilter=${filter}`));
    const labs = lines.filter((one) => one.category.some((category) => category.coding?.some((coding) => coding.code === "laboratory")));
    assert.ok(lines.length > 0 && labs.length === lines.length);
  });
  await ask("12.3", "_elements: no others but mandatory ones, and marked", async () => {
    const { lines } = await all(await exporter.begin(`${address}?_type=Patient&_elements=Patient.birthDate`));
    for (const one of lines) {
      assert.equal(one.name, undefined);
      assert.ok(one.meta.tag.some((tag) => tag.code === "SUBSETTED"));
    }
  });
  await ask("12.4", "includeAssociatedData: Provenance goes along", async () => {
    const { lines } = await all(await exporter.begin(`${address}?_type=Goal&includeAssociatedData=LatestProvenanceResources`));
    const goals = new Set(lines.filter((one) => one.resourceType === "Goal").map((one) => `Goal/${one.id}`));
    const told = new Set(lines.flatMap((one) => one.target ?? []).map((target) => target.reference));
    assert.ok(goals.size > 0 && [...goals].every((goal) => told.has(goal)));
  });
  await ask("12.5", "posted with Parameters", async () => {
    const parameter = [{ name: "_type", valueString: "Patient" }];
    const body = JSON.stringify({ resourceType: "Parameters", parameter });
    const headers = { "content-type": "application/fhir+json" };
    const { lines } = await all(await exporter.begin(address, { method: "POST", body, headers }));
    assert.ok(lines.length > 0 && lines.every((one) => one.resourceType === "Patient"));
  });
  await ask("12.6", "what is not known: 400 strictly, passed over and told leniently", async () => {
    const strict = await exporter.kickOff(`${address}?_type=Patient&_nope=1`);
    assert.equal(strict.status, 400);
    assert.equal((await strict.json()).resourceType, "OperationOutcome");
    const url = await exporter.begin(`${address}?_type=Patient&_nope=1`, { headers: { prefer: "respond-async, handling=lenient" } });
    const response = await exporter.wait(url);
    const { error } = await response.json();
    const [outcome] = await exporter.file(error[0].url, true);
    assert.equal(outcome.issue[0].severity, "warning");
    await exporter.status(url, "DELETE");
  });
  await ask("12.7", "files come packed when asked", async () => {
    const url = await exporter.begin(`${address}?_type=Patient`);
    const { output } = await (await exporter.wait(url)).json();
    const response = await fetch(output[0].url, { headers: { ...(await exporter.bearer()), "accept-encoding": "gzip" } });
    assert.equal(response.headers.get("content-encoding"), "gzip");
    assert.ok((await response.text()).startsWith("{"));
    await exporter.status(url, "DELETE");
  });
}
