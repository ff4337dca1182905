/** Serves dist/ over the made-up family, with just enough of SMART to sign in. For page work only. */

import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { people, record } from './people.mjs';

const port = Number(process.env.PORT ?? 4173);
const dist = new URL('../../dist/', import.meta.url).pathname;
const NOW = '2026-06-15T12:00:00-04:00';
const policy =
  "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'";
const kinds = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const codes = new Map();
const tokens = new Map();

createServer((request, response) => {
  answer(request, response).catch((fault) => {
    console.error(fault);
    response.writeHead(500).end();
  });
}).listen(port, '127.0.0.1', () =>
  console.log(`mock record ready at http://127.0.0.1:${port}/apps/portal/`),
);

async function answer(request, response) {
  const url = new URL(request.url, `http://${request.headers.host}`);
  const form = request.method === 'POST' ? new URLSearchParams(await bodyOf(request)) : undefined;
  if (url.pathname.startsWith('/apps/portal')) return page(url, response);
  if (url.pathname === '/fhir/.well-known/smart-configuration')
    return json(response, 200, configuration(url.origin));
  if (url.pathname === '/mock/sign-in') return signedIn(form, response);
  if (url.pathname === '/oauth2/authorize' && !request.headers.cookie?.includes('mock=1'))
    return signIn(url, response);
  if (url.pathname === '/oauth2/authorize')
    return form ? approve(form, response) : choose(url, response);
  if (url.pathname === '/account')
    return response.end(
      '<form action="/account/sign-out" method="post"><input name="csrf"></form>',
    );
  if (url.pathname === '/account/sign-out')
    return response.writeHead(303, { 'set-cookie': 'mock=; Path=/; Max-Age=0' }).end();
  if (url.pathname === '/oauth2/token') return token(form, url, response);
  if (url.pathname === '/oauth2/revoke') return revoke(form, response);
  if (url.pathname.startsWith('/fhir/')) return fhir(request, url, response);
  response.writeHead(404).end();
}

async function bodyOf(request) {
  let body = '';
  for await (const part of request) body += part;
  return body;
}

async function page(url, response) {
  const name = url.pathname.replace('/apps/portal/', '') || 'index.html';
  const body = await readFile(join(dist, name)).catch(() => undefined);
  if (!body) return response.writeHead(404).end();
  response
    .writeHead(200, {
      'content-type': kinds[extname(name)] ?? 'application/octet-stream',
      'content-security-policy': policy,
    })
    .end(body);
}

function configuration(origin) {
  const at = (path) => `${origin}/oauth2/${path}`;
  return {
    issuer: origin,
    authorization_endpoint: at('authorize'),
    token_endpoint: at('token'),
    revocation_endpoint: at('revoke'),
    code_challenge_methods_supported: ['S256'],
    capabilities: [],
    grant_types_supported: ['authorization_code'],
  };
}

function signIn(url, response) {
  const back = `${url.pathname}${url.search}`.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  response
    .writeHead(200, { 'content-type': 'text/html' })
    .end(
      `<!doctype html><html lang="en"><title>Sign in</title><main><h1>Sign in</h1><form method="post" action="/mock/sign-in"><input type="hidden" name="back" value="${back}"><p><label>Username <input name="username"></label></p><p><label>Password <input name="password" type="password"></label></p><button>Sign in</button></form></main></html>`,
    );
}

function signedIn(form, response) {
  const headers = { 'set-cookie': 'mock=1; Path=/; HttpOnly', location: form.get('back') };
  response.writeHead(303, headers).end();
}

function choose(url, response) {
  const hidden = [...url.searchParams]
    .map(
      ([name, value]) =>
        `<input type="hidden" name="q_${name}" value="${value.replaceAll('"', '&quot;')}">`,
    )
    .join('');
  const choices = people
    .map(
      (p) =>
        `<p><label><input type="radio" name="patient" value="${p.patient}" required> ${p.label}</label></p>`,
    )
    .join('');
  response
    .writeHead(200, { 'content-type': 'text/html' })
    .end(
      `<!doctype html><html lang="en"><title>Choose</title><main><h1>Whose chart?</h1><form method="post" action="/oauth2/authorize">${hidden}${choices}<button name="decision" value="approve">Continue</button> <button name="decision" value="deny" formnovalidate>Cancel</button></form></main></html>`,
    );
}

function approve(form, response) {
  const target = new URL(form.get('q_redirect_uri'));
  target.searchParams.set('state', form.get('q_state'));
  if (form.get('decision') === 'deny') target.searchParams.set('error', 'access_denied');
  else {
    const code = randomUUID();
    codes.set(code, {
      patient: form.get('patient'),
      challenge: form.get('q_code_challenge'),
      scope: form.get('q_scope'),
    });
    target.searchParams.set('code', code);
  }
  response.writeHead(303, { location: target.href }).end();
}

function token(form, url, response) {
  let grant = tokens.get(form.get('refresh_token'));
  if (form.get('grant_type') === 'authorization_code') {
    grant = codes.get(form.get('code'));
    codes.delete(form.get('code'));
    if (
      grant?.challenge !==
      createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url')
    )
      grant = undefined;
  }
  if (!grant) return json(response, 400, { error: 'invalid_grant' });
  const [access, refresh] = [randomUUID(), randomUUID()];
  tokens.set(access, grant).set(refresh, grant);
  const { fhirUser } = people.find((p) => p.patient === grant.patient);
  const claims = {
    iss: url.origin,
    sub: 'ana',
    aud: 'portal',
    iat: Date.parse(NOW) / 1000,
    exp: Date.parse(NOW) / 1000 + 300,
    fhirUser: `${url.origin}/fhir/${fhirUser}`,
  };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  json(response, 200, {
    access_token: access,
    refresh_token: refresh,
    token_type: 'Bearer',
    expires_in: 300,
    scope: grant.scope,
    patient: grant.patient,
    id_token: `${part({ alg: 'none' })}.${part(claims)}.`,
  });
}

/** Ends every token of the same launch. */
function revoke(form, response) {
  const ended = tokens.get(form.get('token'));
  for (const [name, grant] of tokens) if (grant === ended) tokens.delete(name);
  json(response, 200, {});
}

function fhir(request, url, response) {
  const grant = tokens.get(request.headers.authorization?.slice(7));
  if (!grant) return json(response, 401, { resourceType: 'OperationOutcome' });
  const [type, id] = url.pathname.replace('/fhir/', '').split('/');
  const mine = record.filter((r) => r.$patient === grant.patient && r.resourceType === type);
  if (id) {
    const found = mine.find((r) => r.id === id);
    return found
      ? json(response, 200, found)
      : json(response, 404, { resourceType: 'OperationOutcome', issue: [{ code: 'not-found' }] });
  }
  const wanted = url.searchParams.get('category');
  const matches = mine.filter(
    (r) => !wanted || r.category?.some((c) => c.coding?.some((x) => x.code === wanted)),
  );
  json(response, 200, {
    resourceType: 'Bundle',
    type: 'searchset',
    meta: { lastUpdated: NOW },
    total: matches.length,
    entry: matches.map((resource) => ({ resource, search: { mode: 'match' } })),
  });
}

function json(response, status, value) {
  const text = JSON.stringify(value, (key, v) => (key === '$patient' ? undefined : v)).replace(
    /\{"\$digits":"([^"]*)"\}/g,
    '$1',
  );
  response
    .writeHead(status, { 'content-type': 'application/fhir+json', 'cache-control': 'no-store' })
    .end(text);
}
