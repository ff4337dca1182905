// A bulk export asked for survives kill -9: the next server counts on and delivers all of it, on both databases.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { freshPostgres, mint, scratch, start } from "./server.mjs";

// A server that died keeps its work for a quarter of a minute.
const WAIT_SECONDS = 60;
const listen = ["--listen", "127.0.0.1:0", "--database"];

const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

async function begin(server, bearer) {
  const headers = { ...bearer, prefer: "respond-async" };
  const response = await fetch(`${server.base}/fhir/Patient/$export`, { headers });
  assert.equal(response.status, 202);
  return new URL(response.headers.get("content-location")).pathname;
}

// The names of all resources in all files.
async function delivered(server, bearer, status) {
  let response;
  for (let waited = 0; waited < WAIT_SECONDS; waited += 1) {
    response = await fetch(server.base + status, { headers: bearer });
    if (response.status !== 202) break;
    await pause(1);
  }
  assert.equal(response.status, 200);
  const { output } = await response.json();
  const names = [];
  for (const { type, url } of output) {
    const file = await fetch(server.base + new URL(url).pathname, { headers: bearer });
    assert.equal(file.status, 200, url);
    const lines = (await file.text()).split("\n").filter(Boolean);
    names.push(...lines.map((line) => `${type}/${JSON.parse(line).id}`));
  }
  return names.sort();
}

async function goesOn(database) {
  const demo = await start(["demo", ...listen, database]);
  await demo.kill("SIGTERM");
  const first = await start(["serve", ...listen, database]);
  const bearer = { authorization: `Bearer ${mint(database)}` };
  const status = await begin(first, bearer);
  await first.kill("SIGKILL");
  const second = await start(["serve", ...listen, database]);
  try {
    const names = await delivered(second, bearer, status);
    assert.equal(new Set(names).size, names.length, "a resource came twice");
    assert.ok(names.length > 1_000);
    assert.deepEqual(names, await delivered(second, bearer, await begin(second, bearer)));
  } finally {
    await second.kill("SIGTERM");
  }
}

test("an export goes on after kill -9 on SQLite", () => goesOn(`sqlite:${join(scratch(), "exported.db")}`));

test("an export goes on after kill -9 on PostgreSQL", { skip: !process.env.TEST_DATABASE_URL }, () =>
  goesOn(freshPostgres(`exported_${process.pid}`)),
);
