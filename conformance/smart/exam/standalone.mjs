// Section 4: the standalone launch with full access.

import assert from "node:assert/strict";
import { TYPES, get } from "../flow.mjs";
import { COMPARTMENT, SEARCHES, coversTypes, hasAll, isOneOf, reads, standalone } from "./desk.mjs";

export const points = [
  ["4.9.09", "asked and granted hold openid, fhirUser, launch/patient and offline_access, and v2 scopes of every type", async () => {
    const { asked, scopes } = await standalone();
    const identity = ["openid", "fhirUser", "launch/patient", "offline_access"];
    hasAll(identity, asked.params.scope.split(" "));
    hasAll(identity, scopes);
    coversTypes(scopes, ["patient", "user"], COMPARTMENT);
    assert.ok(!scopes.some((scope) => /\.(read|write|\*)$/.test(scope)), "v1 words where v2 was asked for");
  }],
  ["4.9.10", "the patient without a token: 401 exactly", async () => {
    const { token } = await standalone();
    const response = await get(null, `Patient/${token.patient}`);
    assert.equal(response.status, 401);
    assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer/);
  }],
  ["4.9.11", "the patient with the token: 200", async () => {
    const { token } = await standalone();
    assert.equal((await reads(token.access_token, `Patient/${token.patient}`, "Patient")).id, token.patient);
  }],
  ["4.7.1", "granted scopes cover every type of USCDI", async () => {
    const { scopes } = await standalone();
    const more = ["Device", "Encounter", "Organization", "Practitioner", "Location"];
    coversTypes(scopes, ["patient", "user"], [...COMPARTMENT.filter((type) => type !== "Specimen"), ...more]);
  }],
  ...Object.entries(SEARCHES).map(([type, search], at) => [
    `4.7.${at + 2}`, `${type} is found with the token`, async () => {
      const { token } = await standalone();
      const bundle = await reads(token.access_token, search(token.patient), "Bundle");
      assert.equal(bundle.type, "searchset");
      return `${bundle.entry?.length ?? 0} found`;
    },
  ]),
  ["4.7.19", "types outside the compartment are readable under patient scopes", async () => {
    const { token } = await standalone();
    for (const type of ["Organization", "Practitioner", "Location", "PractitionerRole"].filter((one) => TYPES.includes(one))) {
      const response = await get(token.access_token, `${type}?_count=1`);
      isOneOf(response.status, [200]);
      const [entry] = (await response.json()).entry ?? [];
      if (entry) await reads(token.access_token, `${type}/${entry.resource.id}`, type);
    }
  }],
];
