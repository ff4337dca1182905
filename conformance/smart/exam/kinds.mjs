// Clients of every kind: those of the manifest, and those that register themselves, with keys inline or at an address
// that this exam serves.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { REDIRECT } from "../flow.mjs";
import { configuration, once } from "./desk.mjs";

// Key sets by path, how long they may be kept, and how often each was fetched.
export const served = new Map();

const keyServer = once(
  () =>
    new Promise((ready) => {
      const server = createServer((request, response) => {
        const set = served.get(request.url);
        if (!set) return response.writeHead(404).end();
        set.fetched += 1;
        response.writeHead(200, { "content-type": "application/json", "cache-control": set.cache });
        return response.end(JSON.stringify({ keys: set.keys }));
      });
      server.listen(0, "127.0.0.1", () => ready(server));
      server.unref();
    }),
);

let started;
export async function serve(path, keys, cache = "max-age=60") {
  started = await keyServer();
  served.set(path, { keys, cache, fetched: 0 });
  return `http://127.0.0.1:${started.address().port}${path}`;
}

export function close() {
  started?.close();
}

export function keyPair(alg, kid = crypto.randomUUID()) {
  const pair = alg === "RS384"
    ? generateKeyPairSync("rsa", { modulusLength: 2048 })
    : generateKeyPairSync("ec", { namedCurve: "P-384" });
  const common = { alg, kid, use: "sig" };
  const privately = { ...pair.privateKey.export({ format: "jwk" }), ...common };
  const openly = { ...pair.publicKey.export({ format: "jwk" }), ...common };
  return { private: privately, public: openly };
}

export const READS = "launch/patient openid fhirUser offline_access patient/*.rs";

// Registers an app (RFC 7591) and returns it in the manifest's form.
export async function register(metadata) {
  const { registration_endpoint: endpoint } = (await configuration()).body;
  assert.ok(endpoint, "registration_endpoint is not told");
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({
      client_name: "Exam",
      redirect_uris: [REDIRECT],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      scope: READS,
      ...metadata,
    }),
  });
  const answer = await response.json();
  assert.equal(response.status, 201, `registration: ${response.status} ${JSON.stringify(answer)}`);
  assert.ok(answer.client_id);
  return { client_id: answer.client_id, client_secret: answer.client_secret, type: "registered", answer };
}

// An app that proves itself by keys of this kind, held inline or at an address.
export async function asymmetric(alg, by, metadata = {}) {
  const pair = keyPair(alg);
  const keys = by === "inline"
    ? { jwks: { keys: [pair.public] } }
    : { jwks_uri: await serve(`/${pair.public.kid}.json`, [pair.public]) };
  const app = await register({ token_endpoint_auth_method: "private_key_jwt", ...keys, ...metadata });
  return { ...app, private_jwk: pair.private };
}
