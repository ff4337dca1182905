// How long an app still gets in on another node after a person ended or narrowed its access on the first. Run by itself
// it measures and prints: `node revocation.mjs [rounds]`, on SQLite and, with TEST_DATABASE_URL, on PostgreSQL.

import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freshPostgres, scratch, start } from "./server.mjs";

// Nobody waits longer than this for a refusal.
const PATIENCE_MS = 5_000;

const freePort = () =>
  new Promise((ready) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => ready(port));
    });
  });

// Two servers on one database with the demonstration's people in it, both under the first one's address.
export async function pair(database) {
  const [first, second] = [await freePort(), await freePort()];
  const address = (port) => `http://127.0.0.1:${port}`;
  const manifest = join(scratch(), "manifest.json");
  const common = ["--database", database, "--base-url", address(first)];
  const demo = await start(["demo", "--listen", `127.0.0.1:${first}`, "--manifest", manifest, ...common]);
  await demo.kill("SIGTERM");
  const one = await start(["serve", "--listen", `127.0.0.1:${first}`, ...common]);
  const two = await start(["serve", "--listen", `127.0.0.1:${second}`, ...common]);
  process.env.KINCHART_BASE_URL = address(first);
  process.env.KINCHART_MANIFEST = manifest;
  const stop = () => Promise.all([one.kill("SIGTERM"), two.kill("SIGTERM")]);
  return { one: address(first), two: address(second), stop };
}

const status = async (base, token, path) => {
  const response = await fetch(`${base}/fhir/${path}`, { headers: { authorization: `Bearer ${token}` } });
  await response.arrayBuffer();
  return response.status;
};

// Asks again and again until the answer is a refusal; milliseconds from `since` until the first one was there.
async function refusedAfter(base, token, path, since) {
  while (performance.now() - since < PATIENCE_MS) {
    if ((await status(base, token, path)) >= 401) return performance.now() - since;
  }
  throw new Error(`still let in after ${PATIENCE_MS} ms`);
}

// One app connected, used on both nodes, then ended (or narrowed) on the first: how long until each node refuses it.
async function round(nodes, wire, deed) {
  const { launch, client, base, ana } = wire.flow;
  const { token } = await launch(client("confidential-app"), "launch/patient offline_access patient/Patient.rs patient/Goal.rs");
  const path = `Patient/${token.patient}`;
  for (const node of [nodes.one, nodes.two]) {
    const seen = await status(node, token.access_token, path);
    if (seen !== 200) throw new Error(`${node} answers ${seen} before anything was ended`);
  }
  const person = new wire.Person();
  await person.submit(await person.open(`${base}/account/sign-in?next=/account/apps`), {
    username: ana.username,
    password: ana.password,
  });
  const view = await person.open(`${base}/account/apps`);
  const link = view.page.querySelectorAll("a").find((one) => /\/apps\/app\?/.test(one.getAttribute("href") ?? ""));
  const page = await person.open(new URL(link.getAttribute("href"), base).href);
  const form = page.page.querySelectorAll("form").find((one) => one.getAttribute("action").endsWith(deed));
  const fields = form.querySelectorAll("input").filter((one) => one.getAttribute("type") === "hidden");
  const body = new URLSearchParams(fields.map((one) => [one.getAttribute("name"), one.getAttribute("value")]));
  if (deed === "narrow") body.append("scope", "patient/Goal.rs");
  const click = performance.now();
  const answered = person
    .request(new URL(form.getAttribute("action"), base).href, {
      method: "POST",
      body,
      headers: { origin: base, "content-type": "application/x-www-form-urlencoded" },
    })
    .then((response) => ({ status: response.status, after: performance.now() - click }));
  const [there, here] = await Promise.all([
    refusedAfter(nodes.two, token.access_token, path, click),
    refusedAfter(nodes.one, token.access_token, path, click),
  ]);
  const { status: told, after } = await answered;
  if (told !== 303) throw new Error(`the page answered ${told}`);
  return { here, there, page: after };
}

// Rounds of both deeds on two nodes: milliseconds from the click.
export async function measure(database, rounds) {
  const nodes = await pair(database);
  try {
    const flow = await import(`../smart/flow.mjs?${nodes.two}`);
    const { Person } = await import("../fhirclient/person.mjs");
    const results = { disconnect: [], narrow: [] };
    for (let n = 0; n < rounds; n++) {
      for (const deed of Object.keys(results)) results[deed].push(await round(nodes, { flow, Person }, deed));
    }
    return results;
  } finally {
    await nodes.stop();
  }
}

const spread = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(0);
  return `${at(0.5)} | ${at(0.95)} | ${sorted.at(-1).toFixed(0)}`;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rounds = Number(process.argv[2] ?? 20);
  console.log("| database | deed | where | median ms | 95 % | longest |\n|---|---|---|---|---|---|");
  const databases = { SQLite: `sqlite:${join(scratch(), "pair.db")}`, PostgreSQL: freshPostgres(`revocation_${process.pid}`) };
  for (const [name, database] of Object.entries(databases)) {
    if (!database) continue;
    for (const [deed, results] of Object.entries(await measure(database, rounds))) {
      for (const [where, label] of [["here", "same node"], ["there", "other node"], ["page", "page answered"]]) {
        console.log(`| ${name} | ${deed} | ${label} | ${spread(results.map((one) => one[where]))} |`);
      }
    }
  }
}
