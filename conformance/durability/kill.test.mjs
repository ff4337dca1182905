// An acknowledged write survives kill -9, on both databases; two servers on one PostgreSQL agree.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { freshPostgres, mint, scratch, start } from "./server.mjs";

const patient = (n) => ({
  resourceType: "Patient",
  identifier: [{ system: "urn:durability", value: String(n) }],
  name: [{ family: `Kept${n}` }],
});

const headers = (token) => ({ authorization: `Bearer ${token}`, "content-type": "application/fhir+json" });

// Sixteen writers until the server dies; answers what was acknowledged: id → number.
async function writeUntilKilled(server, token, milliseconds) {
  const acknowledged = new Map();
  let n = 0;
  let stop = false;
  const writer = async () => {
    while (!stop) {
      const mine = n++;
      try {
        const answer = await fetch(`${server.base}/fhir/Patient`, {
          method: "POST",
          headers: headers(token),
          body: JSON.stringify(patient(mine)),
        });
        const body = await answer.json();
        if (answer.status === 201) acknowledged.set(body.id, mine);
      } catch {
        return;
      }
    }
  };
  const writers = Array.from({ length: 16 }, writer);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  await server.kill("SIGKILL");
  stop = true;
  await Promise.all(writers);
  return acknowledged;
}

async function survives(database) {
  const demo = await start(["demo", "--listen", "127.0.0.1:0", "--database", database]);
  const acknowledged = await writeUntilKilled(demo, mint(database), 1500);
  assert.ok(acknowledged.size > 50, `only ${acknowledged.size} writes before the kill`);
  const server = await start(["serve", "--listen", "127.0.0.1:0", "--database", database]);
  try {
    const token = mint(database);
    for (const [id, number] of acknowledged) {
      const answer = await fetch(`${server.base}/fhir/Patient/${id}`, { headers: headers(token) });
      assert.equal(answer.status, 200, `Patient/${id} was acknowledged and is gone`);
      assert.equal((await answer.json()).identifier[0].value, String(number));
    }
  } finally {
    await server.kill("SIGTERM");
  }
}

test("acknowledged writes survive kill -9 on SQLite", () => survives(`sqlite:${join(scratch(), "kept.db")}`));

test("acknowledged writes survive kill -9 on PostgreSQL", { skip: !process.env.TEST_DATABASE_URL }, () =>
  survives(freshPostgres(`kept_${process.pid}`)),
);

test("two servers on one PostgreSQL give the same answers", { skip: !process.env.TEST_DATABASE_URL }, async () => {
  const database = freshPostgres(`pair_${process.pid}`);
  const one = await start(["demo", "--listen", "127.0.0.1:0", "--database", database]);
  const two = await start(["serve", "--listen", "127.0.0.1:0", "--database", database]);
  try {
    const token = mint(database);
    const made = await fetch(`${one.base}/fhir/Patient`, {
      method: "POST",
      headers: headers(token),
      body: JSON.stringify(patient(1)),
    });
    const { id } = await made.json();
    for (const server of [one, two]) {
      const read = await fetch(`${server.base}/fhir/Patient/${id}`, { headers: headers(token) });
      assert.equal(read.status, 200);
      const found = await fetch(`${server.base}/fhir/Patient?identifier=urn:durability|1`, { headers: headers(token) });
      assert.equal((await found.json()).entry.length, 1);
    }
    const gone = await fetch(`${two.base}/fhir/Patient/${id}`, { method: "DELETE", headers: headers(token) });
    assert.ok([200, 204].includes(gone.status));
    assert.equal((await fetch(`${one.base}/fhir/Patient/${id}`, { headers: headers(token) })).status, 410);
  } finally {
    await two.kill("SIGTERM");
    await one.kill("SIGTERM");
  }
});
