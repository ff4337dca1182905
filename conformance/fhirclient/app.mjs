// A SMART app made only with the `fhirclient` library, listening on a loopback redirect URI.

import { createServer } from "node:http";
import smart from "fhirclient";

const REDIRECT = "http://127.0.0.1:8765/callback";

// Launches an app as `clientId` against `iss`, lets `person` act on every page, and returns the ready client
// with its token response.
export async function launch({ iss, clientId, clientSecret, scope, person, who, redirectUri = REDIRECT }) {
  const session = {};
  const at = new URL(redirectUri);
  let ready;
  const server = createServer((request, response) => {
    request.session = session;
    const path = new URL(request.url, at).pathname;
    const app = smart(request, response);
    if (path === "/launch") {
      app
        .authorize({ iss, clientId, clientSecret, scope, redirectUri, pkceMode: "required" })
        .catch((error) => response.writeHead(500).end(String(error)));
    } else {
      ready = app.ready();
      ready.then(
        () => response.writeHead(200).end("ready"),
        (error) => response.writeHead(500).end(String(error)),
      );
    }
  });
  await new Promise((resolve, reject) => server.on("error", reject).listen(Number(at.port), at.hostname, resolve));
  try {
    const start = await fetch(new URL("/launch", at), { redirect: "manual" });
    if (start.status !== 302) throw new Error(`authorize failed: ${await start.text()}`);
    const back = await person.authorize(start.headers.get("location"), who, (url) => url.startsWith(at.origin));
    const answer = new URL(back);
    if (answer.searchParams.get("error")) {
      const error = new Error(answer.searchParams.get("error_description") ?? answer.searchParams.get("error"));
      error.code = answer.searchParams.get("error");
      throw error;
    }
    const landed = await fetch(back, { redirect: "manual" });
    await landed.text();
    if (landed.status !== 200 && landed.status !== 302) throw new Error(`callback answered ${landed.status}`);
    return await ready;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
