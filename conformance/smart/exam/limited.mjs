// Section 5: limited access, what the person left ticked and nothing else.

import assert from "node:assert/strict";
import { FULL, IDENTITY, client, get, launch } from "../flow.mjs";
import { SEARCHES, isOneOf, once, reads } from "./desk.mjs";

const KEPT = ["Patient", "Condition", "Observation"];
const NAMED = [
  "AllergyIntolerance", "CarePlan", "CareTeam", "Condition", "Device", "DiagnosticReport", "DocumentReference", "Goal",
  "Immunization", "MedicationRequest", "Observation", "Procedure", "Patient", "Encounter", "ServiceRequest", "Specimen",
  "Coverage", "MedicationDispense", "Location",
];

const limited = once(() =>
  launch(client("confidential-app"), FULL, { scopes: [...IDENTITY.split(" "), ...KEPT.map((type) => `patient/${type}.rs`)] }),
);

export const points = [
  ["5.1", "what is granted gives access to exactly the types left ticked", async () => {
    const { scopes } = await limited();
    const open = NAMED.filter((type) => scopes.some((scope) => scope.startsWith(`patient/${type}`) || /^patient\/\*/.test(scope)));
    assert.deepEqual(open.sort(), [...KEPT].sort());
  }],
  ["5.2", "a search of a type left ticked: 200; of another: 401 or 403, never an empty answer", async () => {
    const { token } = await limited();
    for (const [type, search] of Object.entries(SEARCHES)) {
      const response = await get(token.access_token, search(token.patient));
      isOneOf(response.status, KEPT.includes(type) ? [200] : [401, 403]);
    }
  }],
  ["5.3", "the patient is readable", async () => {
    const { token } = await limited();
    await reads(token.access_token, `Patient/${token.patient}`, "Patient");
  }],
  ["5.4", "a type unticked does not come in by an include, a batch, a history or $everything", async () => {
    const { token } = await limited();
    const paths = ["Condition?_include=*", "Patient?_revinclude=*", `Patient/${token.patient}/$everything`, "_history?_count=200"];
    for (const path of paths) {
      const response = await get(token.access_token, path);
      const entries = response.status === 200 ? ((await response.json()).entry ?? []) : [];
      const types = new Set(entries.map((entry) => entry.resource?.resourceType).filter(Boolean));
      types.delete("OperationOutcome");
      assert.deepEqual([...types].filter((type) => !KEPT.includes(type)), [], path);
    }
  }],
];
