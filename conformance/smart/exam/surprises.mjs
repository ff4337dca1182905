// Section 13: the hard points, each asked once more by itself.

import assert from "node:assert/strict";
import {
  APP_ORIGIN, FULL, ana, authorize, base, client, exchange, form, get, introspect, launch, refresh, request,
} from "../flow.mjs";
import { kid, isNotStored, isOneOf, isShared, publicLaunch, reads, resources } from "./desk.mjs";

const LAUNCHES = ["launch/patient", "launch/encounter", "online_access", "launch"];

export const points = [
  ["13.1", "scope and expires_in (a number) are in refresh answers too", async () => {
    const app = client("public-app");
    const { token } = await launch(app, FULL);
    const answer = await (await refresh(app, token.refresh_token)).json();
    assert.equal(typeof answer.expires_in, "number");
    assert.equal(typeof answer.scope, "string");
  }],
  ["13.2", "401 without a token, 400 for BAD_CODE and an unknown grant type, 403 for a type not granted", async () => {
    assert.equal((await get(null, `Patient/${ana.patient}`)).status, 401);
    assert.equal((await exchange(request(client("public-app"), FULL), "BAD_CODE")).status, 400);
    assert.equal((await form("/oauth2/token", { grant_type: "x" })).status, 400);
    const { token } = await launch(client("public-app"), "launch/patient patient/Patient.rs");
    isOneOf((await get(token.access_token, "Observation")).status, [401, 403]);
  }],
  ["13.3", "Pragma no-cache beside Cache-Control no-store", async () => isNotStored((await publicLaunch()).response)],
  ["13.4", "the token endpoint is shared, preflight included; FHIR and discovery too", async () => {
    isShared((await publicLaunch()).response);
    for (const [path, method] of [["/oauth2/token", "POST"], ["/fhir/Patient/x", "GET"], ["/fhir/metadata", "GET"]]) {
      const headers = { origin: APP_ORIGIN, "access-control-request-method": method, "access-control-request-headers": "authorization,content-type" };
      isShared(await fetch(base + path, { method: "OPTIONS", headers }));
    }
  }],
  ["13.5", "an EHR launch has encounter, style and banner (section 8) and the style is public", async () => {
    const { points: ehr } = await import("./ehr.mjs");
    for (const [number, , ask] of ehr) if (["8.06", "8.07", "8.08"].includes(number)) await ask();
  }],
  ["13.6", "iss leads to its openid-configuration, also where it is the FHIR base's", async () => {
    const { afresh, userRead, verified } = await import("./openid.mjs");
    const seen = await afresh();
    assert.equal(seen.response.status, 200);
    verified(seen);
    await userRead(seen, ["Patient"]);
  }],
  ["13.7", "scopes are echoed verbatim, single types can be dropped", async () => {
    const scopes = ["launch/patient", "patient/Patient.rs", "patient/Goal.r", "patient/Goal.s"];
    const launched = await launch(client("public-app"), `${scopes.join(" ")} patient/Device.rs`, { scopes });
    assert.deepEqual(launched.scopes.sort(), scopes.sort());
  }],
  ["13.8", "revoked by the app itself: access and refresh tokens are dead at once", async () => {
    const app = client("confidential-app");
    const { token } = await launch(app, FULL);
    const basic = Buffer.from(`${app.client_id}:${app.client_secret}`).toString("base64");
    await form("/oauth2/revoke", { token: token.refresh_token }, { authorization: `Basic ${basic}` });
    isOneOf((await get(token.access_token, `Patient/${token.patient}`)).status, [401]);
    isOneOf((await refresh(app, token.refresh_token)).status, [400, 401]);
  }],
  ["13.9", "introspection: 200 and inactive for what is unknown, as many scopes as granted", async () => {
    assert.deepEqual(await (await introspect("x")).json(), { active: false });
    const { token } = await launch(client("confidential-app"), FULL);
    const told = await (await introspect(token.access_token)).json();
    assert.equal(told.scope.split(" ").length, token.scope.split(" ").length);
  }],
  ["13.10", "the context outlives a refresh", async () => {
    const app = client("public-app");
    const { token } = await launch(app, FULL, { patient: kid.patient });
    const renewed = await (await refresh(app, token.refresh_token)).json();
    assert.equal(renewed.patient, kid.patient);
    assert.equal((await (await introspect(renewed.access_token)).json()).patient, kid.patient);
  }],
  ["13.11", "v1 and v2 words, every launch scope and online_access are understood", async () => {
    const mixed = await launch(client("public-app"), "launch/patient online_access patient/Patient.read patient/Goal.rs");
    assert.ok(mixed.scopes.includes("online_access"));
    await reads(mixed.token.access_token, `Patient/${mixed.token.patient}`, "Patient");
    assert.ok(Array.isArray(await resources(mixed.token.access_token, "Goal")));
    const supported = (await (await get(null, ".well-known/smart-configuration")).json()).scopes_supported;
    for (const scope of LAUNCHES) assert.ok(supported.includes(scope), `${scope} is not in scopes_supported`);
  }],
  ["13.12", "PKCE is asked of SMART apps: none, or plain, gives no code", async () => {
    for (const changes of [
      { code_challenge: undefined, code_challenge_method: undefined },
      { code_challenge_method: "plain" },
    ]) {
      const asked = request(client("public-app"), FULL, changes);
      const response = await fetch(`${base}/oauth2/authorize?${new URLSearchParams(asked.params)}`, { redirect: "manual" });
      const back = new URL(response.headers.get("location"));
      assert.equal(back.searchParams.get("error"), "invalid_request");
      assert.equal(back.searchParams.get("code"), null);
    }
    const asked = request(client("public-app"), FULL);
    const back = await authorize(asked);
    assert.equal((await exchange(asked, back.searchParams.get("code"))).status, 200);
  }],
];
