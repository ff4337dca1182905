// Section 2: the authorization request.

import assert from "node:assert/strict";
import { FULL, IDENTITY, authorize, base, client, exchange, iss, launch, request } from "../flow.mjs";
import { checkToken, configuration } from "./desk.mjs";

const LABORATORY = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
const REFUSED = 303;

const lands = async (changes, how) => {
  const asked = request(client("confidential-app"), FULL, changes);
  const back = await authorize(asked, how);
  assert.equal(back.origin + back.pathname, asked.params.redirect_uri);
  assert.equal(back.searchParams.get("error"), null);
  assert.ok(back.searchParams.get("code"));
  assert.equal(back.searchParams.get("state"), asked.params.state);
  return { asked, back };
};

export const points = [
  ["2.1", "by GET: back at the app with its state and a code, and no error", async () => {
    const { back } = await lands({});
    const { body } = await configuration();
    if (body.authorization_response_iss_parameter_supported) assert.equal(back.searchParams.get("iss"), body.issuer);
  }],
  ["2.2", "by POST as a form: the same", async () => {
    await lands({}, { post: true });
  }],
  ["2.3", "aud is the FHIR base as typed, with and without a trailing slash", async () => {
    await lands({ aud: iss });
    await lands({ aud: `${iss}/` });
  }],
  ["2.4", "the authorization endpoint is an http(s) address, and state comes back letter by letter", async () => {
    assert.match((await configuration()).body.authorization_endpoint, /^https?:\/\/[^#]+$/);
    const state = "a b&c=d+e%20f/é?#\"<>";
    await lands({ state });
  }],
  ["2.5", "who says no: error and description, the state, no code", async () => {
    const asked = request(client("public-app"), FULL);
    const back = await authorize(asked, { decision: "deny" });
    assert.equal(back.searchParams.get("error"), "access_denied");
    assert.ok(back.searchParams.get("error_description"));
    assert.equal(back.searchParams.get("state"), asked.params.state);
    assert.equal(back.searchParams.get("code"), null);
  }],
  ["2.6", "scopes with ?, =, |, : and / arrive whole, spaces written as + or %20", async () => {
    const scope = `${IDENTITY} patient/Patient.rs ${LABORATORY}`;
    for (const space of ["+", "%20"]) {
      const asked = request(client("public-app"), scope);
      const query = new URLSearchParams(asked.params).toString().replaceAll("+", space);
      const response = await fetch(`${base}/oauth2/authorize?${query}`, { redirect: "manual" });
      assert.equal(response.status, REFUSED);
      assert.match(response.headers.get("location"), /request=/, "a page asks the person");
      const back = await authorize(asked);
      const answer = await (await exchange(asked, back.searchParams.get("code"))).json();
      assert.deepEqual(answer.scope.split(" ").sort(), scope.split(" ").sort());
    }
  }],
  ["2.7", "an address that is not registered, or an unknown app: a page, never a redirect", async () => {
    for (const changes of [
      { redirect_uri: "https://evil.example/callback" },
      { redirect_uri: "http://127.0.0.1:8765.evil.example/callback" },
      { redirect_uri: "http://127.0.0.1:8765/callback/../elsewhere" },
      { client_id: "nobody" },
    ]) {
      const asked = request(client("public-app"), FULL, changes);
      const response = await fetch(`${base}/oauth2/authorize?${new URLSearchParams(asked.params)}`, { redirect: "manual" });
      assert.equal(response.status, 400, JSON.stringify(changes));
      assert.equal(response.headers.get("location"), null);
    }
  }],
  ["2.8", "a native app is called back on any loopback port (RFC 8252)", async () => {
    const { response, token } = await launch(client("public-app"), FULL, {
      params: { redirect_uri: "http://127.0.0.1:49321/callback" },
    });
    checkToken(response, token);
  }],
  ["2.9", "pushed authorization requests (RFC 9126) where announced", async () => {
    const { body } = await configuration();
    const endpoint = body.pushed_authorization_request_endpoint;
    assert.ok(endpoint, "pushed_authorization_request_endpoint is not told");
    const app = client("public-app");
    const asked = request(app, FULL);
    const pushed = await fetch(endpoint, { method: "POST", body: new URLSearchParams(asked.params) });
    assert.equal(pushed.status, 201);
    const { request_uri, expires_in } = await pushed.json();
    assert.ok(request_uri && expires_in > 0);
    const short = { ...asked, params: { client_id: app.client_id, request_uri } };
    const back = await authorize(short);
    assert.equal(back.searchParams.get("state"), asked.params.state);
    const answer = await exchange(asked, back.searchParams.get("code"));
    checkToken(answer, await answer.json());
  }],
];
