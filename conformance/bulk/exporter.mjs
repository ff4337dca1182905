// A bulk client: asks for exports, waits for them, fetches and ends them. Plain fetch only.

// The whole wait, in seconds, as outside kits have it.
const WAIT_SECONDS_MAX = 180;
const REDIRECTS_MAX = 5;

const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

export class Exporter {
  constructor(base, token) {
    Object.assign(this, { base, token });
  }

  async bearer() {
    return { authorization: `Bearer ${await this.token()}` };
  }

  // Asks for an export; `init` may hold a body to post.
  async kickOff(address, init = {}, bearer = true) {
    const headers = { accept: "application/fhir+json", prefer: "respond-async", ...(bearer && (await this.bearer())), ...init.headers };
    return fetch(`${this.base}/${address}`, { ...init, headers });
  }

  async begin(address, init) {
    const response = await this.kickOff(address, init);
    const status = response.headers.get("content-location");
    if (response.status !== 202 || !status) throw new Error(`${address}: ${response.status} ${await response.text()}`);
    return status;
  }

  async status(url, method = "GET") {
    return fetch(url, { method, headers: { accept: "application/json", ...(await this.bearer()) } });
  }

  // Waits for a manifest as kits do: as long as Retry-After says, else longer each time.
  async wait(url) {
    let waited = 0;
    for (let turn = 0; ; turn += 1) {
      const response = await this.status(url);
      if (response.status !== 202) return response;
      const told = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
      const next = told > 0 ? told : 2 ** turn;
      waited += next;
      if (waited > WAIT_SECONDS_MAX) throw new Error(`not done after ${waited - next} s`);
      await pause(next);
    }
  }

  // The lines of a file, each parsed. Redirects are followed without the token.
  async file(url, withToken) {
    let response = await fetch(url, {
      redirect: "manual",
      headers: { accept: "application/fhir+ndjson", ...(withToken && (await this.bearer())) },
    });
    for (let turn = 0; [301, 302, 303, 307].includes(response.status); turn += 1) {
      if (turn >= REDIRECTS_MAX) throw new Error("redirected without end");
      response = await fetch(response.headers.get("location"), { redirect: "manual" });
    }
    if (response.status !== 200) throw new Error(`${url}: ${response.status}`);
    const media = response.headers.get("content-type") ?? "";
    if (!media.startsWith("application/fhir+ndjson")) throw new Error(`${url}: Content-Type ${media}`);
    const lines = (await response.text()).split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line));
  }
}
