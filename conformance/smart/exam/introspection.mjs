// Section 11: token introspection.

import assert from "node:assert/strict";
import { FULL, client, decode, introspect, launch } from "../flow.mjs";
import { kid, once } from "./desk.mjs";

// A launch of its own: the chapter on revocation ends those before it.
const launched = once(() => launch(client("confidential-app"), FULL));

const bearer = (token) => ({ authorization: `Bearer ${token}` });

async function agrees({ token }, id, headers) {
  const response = await introspect(token.access_token, headers);
  assert.equal(response.status, 200);
  const told = await response.json();
  assert.equal(told.active, true);
  assert.equal(told.client_id, id);
  const [mine, theirs] = [token.scope.split(" "), told.scope.split(" ")];
  assert.equal(theirs.length, mine.length, "number of scopes");
  assert.deepEqual(theirs.sort(), mine.sort());
  assert.ok(Number.isInteger(told.exp) && told.exp >= Date.now() / 1000 - 600);
  for (const name of ["patient", "encounter"]) assert.equal(told[name], token[name], name);
  const { claims } = decode(token.id_token);
  for (const name of ["iss", "sub", "fhirUser"]) assert.equal(told[name], claims[name], name);
}

export const points = [
  ["11.1", "a live token, asked by a registered client with Basic: client, scopes, exp, context and identity agree", async () =>
    agrees(await launched(), "confidential-app")],
  ["11.2", "asked with a bearer token: the same", async () =>
    agrees(await launched(), "confidential-app", bearer((await launched()).token.access_token))],
  ["11.3", "a token of a parent for a child: the same", async () =>
    agrees(await launch(client("public-app"), FULL, { patient: kid.patient }), "public-app")],
  ["11.4", "an unknown token: 200, active false and nothing else", async () => {
    const response = await introspect("invalid_token_value");
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { active: false });
  }],
  ["11.5", "nobody in particular may not ask", async () => {
    assert.equal((await introspect("invalid_token_value", {})).status, 401);
  }],
];
