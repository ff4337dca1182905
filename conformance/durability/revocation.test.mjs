// What a person ends or narrows on one node is ended or narrowed on every node, on both databases.

import { join } from "node:path";
import { test } from "node:test";
import { measure } from "./revocation.mjs";
import { freshPostgres, scratch } from "./server.mjs";

// `measure` fails where a node still lets the app in when its patience is over; how long it took is no matter here.
test("two processes on one SQLite file refuse what was ended on one", () =>
  measure(`sqlite:${join(scratch(), "revoked.db")}`, 2));

test("two servers on one PostgreSQL refuse what was ended on one", { skip: !process.env.TEST_DATABASE_URL }, () =>
  measure(freshPostgres(`revoked_${process.pid}`), 2),
);
