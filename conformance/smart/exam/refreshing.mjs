// Section 7: refresh.

import assert from "node:assert/strict";
import { FULL, client, launch, refresh } from "../flow.mjs";
import { checkToken, isNotStored, isOneOf, reads } from "./desk.mjs";
import { READS, asymmetric } from "./kinds.mjs";

async function renewed(app, scope = FULL) {
  const { token } = await launch(app, scope);
  assert.ok(token.refresh_token, "a refresh token was given");
  let before = token;
  for (const extra of [{}, { scope: token.scope }]) {
    const response = await refresh(app, before.refresh_token, extra);
    const answer = await response.json();
    checkToken(response, answer);
    isNotStored(response);
    const granted = token.scope.split(" ");
    assert.deepEqual(answer.scope.split(" ").filter((one) => !granted.includes(one)), [], "nothing beyond the grant");
    await reads(answer.access_token, `Patient/${token.patient}`, "Patient");
    before = { ...before, ...answer };
  }
}

export const points = [
  ["7.1", "with a secret: without and with scope, all four members, and the new token reads", () => renewed(client("confidential-app"))],
  ["7.2", "public: the same", () => renewed(client("public-app"))],
  ["7.3", "with an ES384 assertion: the same", () => renewed(client("asymmetric-app"))],
  ["7.4", "with an RS384 assertion, keys at an address: the same", async () => renewed(await asymmetric("RS384", "address"), READS)],
  ["7.5", "a random refresh token: 400 or 401, for each kind", async () => {
    for (const key of ["confidential-app", "public-app", "asymmetric-app"]) {
      isOneOf((await refresh(client(key), crypto.randomUUID())).status, [400, 401]);
    }
  }],
  ["7.6", "fewer scopes may be asked for, more may not", async () => {
    const app = client("confidential-app");
    const { token } = await launch(app, FULL);
    const less = await refresh(app, token.refresh_token, { scope: "patient/Patient.rs" });
    const answer = await less.json();
    assert.equal(answer.scope, "patient/Patient.rs");
    const more = await refresh(app, answer.refresh_token ?? token.refresh_token, { scope: "patient/*.cruds" });
    isOneOf(more.status, [400]);
  }],
];
