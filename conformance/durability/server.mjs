// Starts and kills a server process, and mints tokens on its database.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const binary = process.env.KINCHART_BINARY ?? "target/debug/kinchart";

export const scratch = () => mkdtempSync(join(tmpdir(), "kinchart-durability-"));

// Resolves with { base, pid, kill(signal) } once the server says it is ready.
export function start(args) {
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise((resolve) => child.on("exit", resolve));
  return new Promise((resolve, reject) => {
    let out = "";
    child.stdout.on("data", (bytes) => {
      out += bytes;
      const ready = out.match(/^kinchart ready at (\S+)$/m);
      if (ready) {
        const kill = (signal) => {
          child.kill(signal);
          return exited;
        };
        resolve({ base: ready[1], pid: child.pid, kill });
      }
    });
    exited.then((code) => reject(new Error(`server ended with ${code}: ${out}`)));
  });
}

export function mint(database, scope = "system/*.cruds") {
  const args = ["admin", "token", "mint", "--client", "backend", "--scope", scope, "--database", database];
  return execFileSync(binary, args, { encoding: "utf8" }).trim().split("\n").at(-1);
}

// A fresh database on the PostgreSQL of TEST_DATABASE_URL, or null without one.
export function freshPostgres(name) {
  const url = process.env.TEST_DATABASE_URL;
  if (!url) return null;
  execFileSync("psql", [url, "-qc", `CREATE DATABASE ${name}`]);
  const fresh = new URL(url);
  fresh.pathname = `/${name}`;
  return fresh.href;
}
