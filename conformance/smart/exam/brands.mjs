// Section 12: user-access brands and public service base addresses.

import assert from "node:assert/strict";
import { APP_ORIGIN } from "../flow.mjs";
import { configuration, isShared, once } from "./desk.mjs";

const published = once(async () => {
  const { user_access_brand_bundle: address } = (await configuration()).body;
  assert.ok(address, "user_access_brand_bundle is not told");
  const response = await fetch(address, { headers: { accept: "application/fhir+json", origin: APP_ORIGIN } });
  assert.equal(response.status, 200);
  const bundle = await response.clone().json();
  const of = (type) => bundle.entry.map((entry) => entry.resource).filter((one) => one.resourceType === type);
  return { address, response, bundle, organizations: of("Organization"), endpoints: of("Endpoint") };
});

const PORTAL = /organization-portal$/;
const own = (reference) => reference.split("/").pop();

export const points = [
  ["12.1", "the brand bundle is public and shared, with an ETag that saves a second transfer", async () => {
    const { address, response } = await published();
    isShared(response);
    const etag = response.headers.get("etag");
    assert.ok(etag, "ETag");
    assert.equal((await fetch(address, { headers: { "if-none-match": etag } })).status, 304);
  }],
  ["12.2", "a collection with timestamp and entries", async () => {
    const { bundle } = await published();
    assert.equal(bundle.type, "collection");
    assert.ok(bundle.timestamp && bundle.entry.length > 0);
  }],
  ["12.3", "each Endpoint is of a FHIR REST server that answers, and belongs to an Organization", async () => {
    const { endpoints, organizations } = await published();
    assert.ok(endpoints.length > 0);
    const referred = organizations.flatMap((one) => (one.endpoint ?? []).map((end) => own(end.reference)));
    for (const endpoint of endpoints) {
      assert.equal(endpoint.connectionType.code, "hl7-fhir-rest");
      assert.ok(endpoint.status && endpoint.name && endpoint.contact?.length, "status, name, contact");
      assert.ok(referred.includes(endpoint.id), endpoint.id);
      const statement = await fetch(`${endpoint.address.replace(/\/$/, "")}/metadata`);
      assert.equal(statement.status, 200);
      assert.equal((await statement.json()).resourceType, "CapabilityStatement");
    }
  }],
  ["12.4", "each Organization has a name, an address, an identifier, and endpoints that are in the bundle", async () => {
    const { organizations, endpoints } = await published();
    const ids = endpoints.map((one) => one.id);
    for (const one of organizations) {
      assert.ok(one.name && one.identifier?.length && one.telecom?.length, one.id);
      for (const end of one.endpoint ?? []) assert.ok(ids.includes(own(end.reference)), end.reference);
    }
    assert.ok(organizations.some((one) => one.address?.length));
  }],
  ["12.5", "what a portal extension names as its endpoint is among the Organization's own", async () => {
    for (const one of (await published()).organizations) {
      const portals = (one.extension ?? []).filter((extension) => PORTAL.test(extension.url));
      const named = portals.flatMap((portal) => (portal.extension ?? []).filter((part) => part.url === "portalEndpoint"));
      const held = (one.endpoint ?? []).map((end) => own(end.reference));
      for (const part of named) assert.ok(held.includes(own(part.valueReference.reference)));
    }
  }],
];
