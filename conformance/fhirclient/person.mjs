// A person at a browser without script: follows links, keeps cookies, fills in forms by their field names.

import { parse } from "node-html-parser";

export class Person {
  constructor() {
    this.cookies = new Map();
  }

  async request(url, init = {}) {
    const headers = new Headers(init.headers);
    if (this.cookies.size) {
      headers.set("cookie", [...this.cookies].map(([k, v]) => `${k}=${v}`).join("; "));
    }
    headers.set("accept", "text/html,*/*");
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(";");
      const at = pair.indexOf("=");
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      if (value === "" || /max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  // Follows redirects until a page, or until a URL that `stop` says is the app's own.
  async open(url, init = {}, stop = () => false) {
    let at = url;
    let response = await this.request(at, init);
    for (let hops = 0; hops < 12 && response.status >= 300 && response.status < 400; hops++) {
      at = new URL(response.headers.get("location"), at).href;
      if (stop(at)) return { left: at };
      response = await this.request(at);
    }
    const text = await response.text();
    return { url: at, status: response.status, text, page: parse(text) };
  }

  // Submits the form that has all of the named fields, with what it shows plus `values`.
  // A value that is an array selects checkboxes of that name; `decision` picks the button.
  async submit(view, values, stop) {
    const form = view.page
      .querySelectorAll("form")
      .find((f) => Object.keys(values).every((name) => f.querySelector(`[name="${name}"]`)));
    if (!form) throw new Error(`no form with ${Object.keys(values)} on ${view.url}: ${view.page.text.slice(0, 400)}`);
    const body = new URLSearchParams();
    for (const field of form.querySelectorAll("input")) {
      const name = field.getAttribute("name");
      const type = field.getAttribute("type") ?? "text";
      const value = field.getAttribute("value") ?? "on";
      if (!name || type === "submit") continue;
      if (name in values) {
        const wanted = [values[name]].flat();
        if (type === "checkbox" || type === "radio") {
          if (wanted.includes(value)) body.append(name, value);
        } else body.append(name, wanted[0]);
      } else if ((type !== "checkbox" && type !== "radio") || field.hasAttribute("checked")) {
        body.append(name, field.getAttribute("value") ?? "");
      }
    }
    if (values.decision && !body.has("decision")) body.append("decision", values.decision);
    const action = new URL(form.getAttribute("action") || view.url, view.url).href;
    const headers = { "content-type": "application/x-www-form-urlencoded", origin: new URL(action).origin };
    return this.open(action, { method: "POST", body, headers }, stop);
  }

  // Signs in where asked, chooses a patient and approves (or denies) until the browser leaves for the app.
  async authorize(url, { username, password, patient, scopes, decision = "approve" }, stop) {
    let view = await this.open(url, {}, stop);
    for (let steps = 0; steps < 6 && !view.left; steps++) {
      const has = (name) => view.page.querySelector(`form [name="${name}"]`);
      if (has("password")) view = await this.submit(view, { username, password }, stop);
      else if (has("patient") || has("scope") || has("decision")) {
        const values = { decision };
        const radios = view.page.querySelectorAll('input[name="patient"]');
        if (radios.length && patient) values.patient = patient;
        if (scopes && has("scope")) values.scope = scopes;
        view = await this.submit(view, values, stop);
      } else throw new Error(`lost on ${view.url} (${view.status}): ${view.page.text.slice(0, 400)}`);
    }
    if (!view.left) throw new Error(`still on ${view.url}: ${view.page.text.slice(0, 400)}`);
    return view.left;
  }
}
