// Prints a token of the demonstration's backend client, for clients that cannot sign an assertion themselves.

import { readFileSync } from "node:fs";
import { backendTokens } from "../us-core/client.mjs";

const manifest = JSON.parse(readFileSync(process.env.KINCHART_MANIFEST, "utf8"));
const app = manifest.clients.find((client) => client.key === "backend");
const token = backendTokens(`${manifest.base_url}/oauth2/token`, app, "system/*.cruds");
console.log(await token());
