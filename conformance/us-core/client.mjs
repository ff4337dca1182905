// A FHIR client of its own: JSON, a bearer token, pages followed. Plain fetch only.

import { createPrivateKey, randomUUID, sign } from "node:crypto";

// As far as outside kits turn pages.
const PAGES_MAX = 20;
// A backend's token ends after five minutes.
const TOKEN_MILLISECONDS = 200_000;

const base64url = (bytes) => Buffer.from(bytes).toString("base64url");

// Tokens of a backend client that proves itself with its key, renewed in time.
export function backendTokens(tokenUrl, app, scope) {
  let made = 0;
  let token;
  return async () => {
    if (token && Date.now() - made < TOKEN_MILLISECONDS) return token;
    const jwk = app.private_jwk;
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: app.client_id, sub: app.client_id, aud: tokenUrl, exp: now + 240, jti: randomUUID() };
    const parts = [{ alg: jwk.alg, kid: jwk.kid, typ: "JWT" }, claims].map((part) => base64url(JSON.stringify(part)));
    const key = { key: createPrivateKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      scope,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: `${parts.join(".")}.${base64url(sign("sha384", Buffer.from(parts.join(".")), key))}`,
    });
    const response = await fetch(tokenUrl, { method: "POST", body, headers: { accept: "application/json" } });
    const answer = await response.json();
    if (!response.ok) throw new Error(`no token: ${JSON.stringify(answer)}`);
    made = Date.now();
    token = answer.access_token;
    return token;
  };
}

export class Client {
  // `excepted` are profiles whose faults are counted, not held against the server.
  constructor(base, token, excepted = []) {
    this.excepted = excepted;
    this.exceptions = 0;
    this.base = base.replace(/\/$/, "");
    this.token = token;
    this.read = new Map();
    this.requests = 0;
  }

  async fetch(path, init = {}) {
    const url = /^https?:/.test(path) ? path : `${this.base}/${path}`;
    const token = await this.token();
    const headers = { accept: "application/fhir+json", ...(token && { authorization: `Bearer ${token}` }), ...init.headers };
    this.requests += 1;
    const response = await fetch(url, { ...init, headers });
    const text = await response.text();
    let body;
    try {
      body = JSON.parse(text);
    } catch {
      body = undefined;
    }
    return { status: response.status, headers: response.headers, body };
  }

  // A search to its end: every resource of every page, and whatever was wrong with a page.
  async search(type, pairs, method = "GET") {
    const query = new URLSearchParams(pairs).toString();
    const form = { method: "POST", body: query, headers: { "content-type": "application/x-www-form-urlencoded" } };
    let page = method === "GET" ? await this.fetch(`${type}?${query}`) : await this.fetch(`${type}/_search`, form);
    const found = { status: page.status, query: `${type}?${query}`, matches: [], included: [], faults: [] };
    for (let turned = 0; page; turned += 1) {
      const { body } = page;
      if (page.status !== 200 || body?.resourceType !== "Bundle" || body.type !== "searchset") {
        found.status = page.status === 200 ? 0 : page.status;
        const why = body?.issue?.[0]?.diagnostics ?? body?.issue?.[0]?.details?.text ?? "";
        found.faults.push(`${found.query}: ${page.status} ${why}`);
        break;
      }
      for (const { resource, search } of body.entry ?? []) {
        if (!resource || resource.resourceType === "OperationOutcome") continue;
        (search?.mode === "include" ? found.included : found.matches).push(resource);
      }
      const next = body.link?.find((link) => link.relation === "next")?.url;
      page = next && turned + 1 < PAGES_MAX ? await this.fetch(new URL(next, `${this.base}/`).href) : undefined;
    }
    return found;
  }

  // A reference followed, at most once: relative, to our own base, or absolute.
  async resolve(reference) {
    if (!this.read.has(reference)) {
      const answer = await this.fetch(reference);
      const [type, id] = reference.split("/").slice(-2);
      const good = answer.status === 200 && answer.body?.resourceType === type && answer.body?.id === id;
      this.read.set(reference, good ? answer.body : undefined);
    }
    return this.read.get(reference);
  }

  // The errors a validation against one profile reports, as texts.
  async validate(resource, profile) {
    const answer = await this.fetch(`${resource.resourceType}/$validate?profile=${encodeURIComponent(profile)}`, {
      method: "POST",
      body: JSON.stringify(resource),
      headers: { "content-type": "application/fhir+json" },
    });
    if (answer.body?.resourceType !== "OperationOutcome") return [`$validate: ${answer.status}`];
    // A profile nobody knows proves nothing. Code systems that nobody may ship are another matter.
    const text = (issue) => issue.details?.text ?? issue.diagnostics ?? "";
    const unknown = (issue) => text(issue).includes(`${profile} is not known`);
    const wrong = answer.body.issue.filter((issue) => ["error", "fatal"].includes(issue.severity) || unknown(issue));
    const held = wrong.filter((issue) => !this.excepted.some((profile) => text(issue).includes(profile)));
    this.exceptions += wrong.length - held.length;
    return held.map((issue) => `${issue.expression?.[0] ?? ""}: ${text(issue)}`);
  }
}