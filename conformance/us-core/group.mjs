// One profile's group of tests: its searches and their variants, read, validation, must-support, references.

import { at, missing, shows, title } from "./elements.mjs";
import { around } from "./dates.mjs";
import { codesOf, matches, send, values } from "./matching.mjs";

// Resources of one patient that values for a search are tried from.
const SOURCES_MAX = 2;
const SHOWN_MAX = 3;

const bare = (canonical) => canonical.split("|")[0];
const nameOf = (profile) => profile.split("/").at(-1);

export class Group {
  constructor(client, profile, version, table, patients, harvested) {
    Object.assign(this, { client, profile, version, table, patients, harvested });
    this.slices = profile.must_support.filter((one) => one.slice);
    // What the first searches found, a list for each patient.
    this.found = new Map();
  }

  // Everything found, once.
  get resources() {
    return [...new Map([...this.found.values()].flat().map((one) => [one.id, one])).values()];
  }

  note(level, test, faults) {
    const shown = faults.slice(0, SHOWN_MAX).join("; ") + (faults.length > SHOWN_MAX ? `; and ${faults.length - SHOWN_MAX} more` : "");
    this.table.add(this.profile, this.profile.kit === "required" ? level : "SHOULD", test, faults.length ? "FAIL" : "PASS", shown);
  }

  skip(level, test, why) {
    this.table.add(this.profile, this.profile.kit === "required" ? level : "SHOULD", test, "SKIP", why);
  }

  param(name) {
    return this.profile.params[name] ?? { kind: "String", paths: [`${this.profile.type}.id`] };
  }

  // Faults of a search: its status, and each match that does not fit every pair.
  check(result, pairs) {
    const faults = [...result.faults];
    for (const one of result.matches) {
      const wrong = pairs.filter(([name, text]) => !name.startsWith("_rev") && !name.startsWith("_inc") && !matches(one, this.param(name), text, this.client.base));
      if (one.resourceType !== this.profile.type) faults.push(`${result.query}: a ${one.resourceType}`);
      if (wrong.length) faults.push(`${result.query}: ${one.resourceType}/${one.id} does not fit ${wrong.map(([name]) => name)}`);
    }
    return faults;
  }

  async run() {
    const { searches } = this.profile;
    const first = searches.find((one) => one.first);
    if (first) await this.findFirst(first);
    else this.found.set("", this.harvested);
    if (!this.resources.length) {
      this.skip("SHALL", "data", "nothing of this profile found");
      return;
    }
    for (const search of searches) {
      if (search.revinclude) await this.revinclude(search);
      else if (search !== first) await this.search(search);
    }
    await this.read();
    await this.validate();
    this.mustSupport();
    await this.references();
  }

  // The first search over all patients and fixed values. Delayed groups search by what was harvested.
  async findFirst(search) {
    const title = `search by ${search.params.join("+")}`;
    const faults = [];
    const sets = this.firstValues(search);
    for (const [patient, pairs] of sets) {
      const result = await this.client.search(this.profile.type, pairs);
      faults.push(...this.check(result, pairs));
      this.found.set(patient, [...(this.found.get(patient) ?? []), ...result.matches]);
      if (search.post) faults.push(...(await this.sameCount(pairs, result, "POST")));
      if (search.reference_forms) {
        const full = pairs.map(([name, text]) => [name, name === "patient" ? `Patient/${text}` : text]);
        faults.push(...(await this.sameCount(full, result, "GET")));
      }
    }
    const ours = this.resources.filter((one) => this.isOurs(one));
    if (ours.length) for (const [patient, all] of this.found) this.found.set(patient, all.filter((one) => this.isOurs(one)));
    if (this.profile.delayed) this.found.set("", [...(this.found.get("") ?? []), ...this.harvested]);
    if (this.resources.length) this.note(search.level, title, faults);
    else if (faults.length) this.note(search.level, title, faults);
    if (search.token) await this.byToken(search);
  }

  // A type with several profiles: those that say this one, or say none.
  isOurs(resource) {
    const claimed = resource.meta?.profile?.map(bare) ?? [];
    return claimed.length === 0 || claimed.includes(this.profile.canonical) || !claimed.some((one) => one.includes("/us/core/"));
  }

  firstValues(search) {
    const sets = [];
    if (!search.params.includes("patient") && this.profile.type !== "Patient") {
      for (const one of this.harvested.slice(0, SOURCES_MAX)) {
        const pairs = search.params.map((name) => [name, this.sendFrom(one, name)]);
        if (pairs.every(([, text]) => text)) sets.push(["", pairs]);
      }
      return sets;
    }
    for (const patient of this.patients) {
      const own = search.params.filter((name) => name === "patient" || name === "_id").map((name) => [name, patient]);
      const { fixed } = search;
      if (!fixed) sets.push([patient, own]);
      for (const value of fixed?.values ?? []) sets.push([patient, [...own, [fixed.param, value]]]);
    }
    return sets;
  }

  sendFrom(resource, name, whole = false) {
    const param = this.param(name);
    for (const value of values(resource, param)) {
      const text = send(name, param, value, whole);
      if (text) return text;
    }
    return undefined;
  }

  async sameCount(pairs, result, method) {
    const again = await this.client.search(this.profile.type, pairs, method);
    const [one, other] = [result.matches.length, again.matches.length];
    return [...again.faults, ...(one === other ? [] : [`${method} ${again.query}: ${other} instead of ${one}`])];
  }

  // Values for a search from resources that hold all of them; the patient by id.
  sources(search, whole = []) {
    const out = [];
    for (const [patient, all] of this.found) {
      const pairsOf = (one) =>
        search.params.map((name) => [name, name === "patient" && patient ? patient : this.sendFrom(one, name, whole.includes(name))]);
      const full = all.map((one) => ({ one, pairs: pairsOf(one) })).filter(({ pairs }) => pairs.every(([, text]) => text));
      const various = new Map(full.map((each) => [JSON.stringify(each.pairs), each]));
      out.push(...[...various.values()].slice(0, SOURCES_MAX));
    }
    return out;
  }

  async search(search) {
    const test = `search by ${search.params.join("+")}`;
    const sources = this.sources(search);
    if (!sources.length) {
      this.skip(search.level, test, "no resource holds a value for each parameter");
      return;
    }
    const faults = [];
    for (const { one, pairs } of sources) {
      const result = await this.client.search(this.profile.type, pairs);
      faults.push(...this.check(result, pairs));
      if (!result.faults.length && !result.matches.some((match) => match.id === one.id)) {
        faults.push(`${result.query}: ${one.resourceType}/${one.id} is not found`);
      }
    }
    this.note(search.level, test, faults);
    if (search.token) await this.byToken(search);
    for (const [name, comparators] of Object.entries(search.compare ?? {})) await this.compare(search, name, comparators);
    for (const name of search.or ?? []) await this.alternatives(search, name);
    if (search.medication) await this.medications(search);
  }

  async byToken(search) {
    const test = `search by ${search.params.join("+")} with system|code`;
    const sources = this.sources(search, search.token).slice(0, SOURCES_MAX);
    const faults = [];
    for (const { one, pairs } of sources) {
      const result = await this.client.search(this.profile.type, pairs);
      faults.push(...this.check(result, pairs));
      if (!result.matches.some((match) => match.id === one.id)) faults.push(`${result.query}: ${one.id} is not found`);
    }
    if (sources.length) this.note(search.level, test, faults);
  }

  async compare(search, name, comparators) {
    const source = this.sources(search)[0];
    const value = values(source.one, this.param(name))[0];
    const faults = [];
    for (const text of around(value, comparators)) {
      const pairs = source.pairs.map(([other, old]) => [other, other === name ? text : old]);
      const result = await this.client.search(this.profile.type, pairs);
      faults.push(...this.check(result, pairs));
      if (!result.matches.some((match) => match.id === source.one.id)) faults.push(`${result.query}: ${source.one.id} is not found`);
    }
    this.note(search.level, `search by ${search.params.join("+")} with ${comparators} on ${name}`, faults);
  }

  // The whole list of codes at once finds every code that was seen.
  async alternatives(search, name) {
    const param = this.param(name);
    const faults = [];
    for (const [patient, all] of this.found) {
      const holding = all.filter((one) => search.params.every((other) => other === "patient" || this.sendFrom(one, other)));
      if (!holding.length) continue;
      const seen = new Set(holding.flatMap((one) => values(one, param).flatMap(codesOf)));
      const others = search.params.filter((other) => other !== name);
      for (const one of holding.slice(0, 1)) {
        const pairs = others.map((other) => [other, other === "patient" ? patient : this.sendFrom(one, other)]);
        pairs.push([name, [...new Set([...(param.codes ?? []), ...seen])].map((code) => code.replace(/,/g, "\\,")).join(",")]);
        const result = await this.client.search(this.profile.type, pairs);
        faults.push(...this.check(result, pairs));
        const found = new Set(result.matches.flatMap((match) => values(match, param).flatMap(codesOf)));
        const alike = holding.filter((other) => others.every((p) => p === "patient" || this.sendFrom(other, p) === this.sendFrom(one, p)));
        const expected = new Set(alike.flatMap((other) => values(other, param).flatMap(codesOf)));
        const lost = [...expected].filter((code) => !found.has(code));
        if (lost.length) faults.push(`${result.query}: ${lost} not found`);
      }
    }
    this.note(search.level, `search by ${search.params.join("+")} with every ${name}`, faults);
  }

  async medications(search) {
    const test = `search by ${search.params.join("+")} with _include=${this.profile.type}:medication`;
    const faults = [];
    let tried = false;
    for (const { pairs } of this.sources(search)) {
      const result = await this.client.search(this.profile.type, [...pairs, ["_include", `${this.profile.type}:medication`]]);
      faults.push(...result.faults);
      const wanted = result.matches.map((one) => one.medicationReference?.reference).filter((one) => one && !one.startsWith("#"));
      const ids = wanted.map((one) => one.split("/").at(-1));
      tried ||= wanted.length > 0;
      for (const id of ids) if (!result.included.some((one) => one.id === id)) faults.push(`${result.query}: Medication/${id} is not included`);
      for (const one of result.included) if (!ids.includes(one.id)) faults.push(`${result.query}: ${one.resourceType}/${one.id} is unrelated`);
    }
    if (tried) this.note(search.level, test, faults);
  }

  async revinclude(search) {
    const test = `_revinclude=${search.revinclude}`;
    const sets = this.firstValues(this.profile.searches.find((one) => one.first) ?? search);
    const faults = [];
    let included = 0;
    for (const [, pairs] of sets) {
      const result = await this.client.search(this.profile.type, [...pairs, ["_revinclude", search.revinclude]]);
      faults.push(...result.faults);
      included += result.included.filter((one) => one.resourceType === "Provenance").length;
    }
    if (!included) faults.push("no Provenance came along");
    this.note(search.level, test, faults);
  }

  async read() {
    const faults = [];
    for (const one of this.resources.slice(0, 20)) {
      const path = `${one.resourceType}/${one.id}`;
      const answer = await this.client.fetch(path);
      if (answer.status !== 200 || answer.body?.id !== one.id) faults.push(`${path}: ${answer.status}`);
    }
    this.note("SHALL", "read", faults);
  }

  async validate() {
    const profile = `${this.profile.canonical}|${this.version}`;
    const faults = [];
    for (const one of this.resources) {
      const path = `${one.resourceType}/${one.id}`;
      const lacking = missing(one, this.profile.mandatory);
      if (lacking.length) faults.push(`${path} lacks ${lacking}`);
      faults.push(...(await this.client.validate(one, profile)).map((fault) => `${path} ${fault}`));
    }
    this.note("SHALL", `${this.resources.length} resources are valid`, faults);
  }

  mustSupport() {
    const never = this.profile.must_support.filter((wanted) => !this.resources.some((one) => shows(one, wanted, this.slices)));
    const count = this.profile.must_support.length;
    this.note("SHALL", `${count} must-support elements are seen`, never.map(title));
  }

  // For each reference that must be supported, one of each target profile resolves and is valid as such.
  async references() {
    const choices = this.profile.must_support.flatMap((one) => one.any_one_of?.target_profiles ?? []);
    const faults = [];
    let count = 0;
    for (const { path, targets } of this.profile.must_support) {
      if (!targets) continue;
      const references = [...new Set(this.resources.flatMap((one) => at(one, path, this.slices).map((ref) => ref?.reference)))];
      const unresolved = new Map();
      for (const target of targets) {
        count += 1;
        const seen = await this.resolvesTo(references.filter(Boolean), target);
        if (!seen) unresolved.set(target, `${path} never resolves to ${nameOf(target)}`);
      }
      const chosen = targets.filter((one) => choices.includes(one));
      const enough = chosen.some((one) => !unresolved.has(one));
      for (const [target, fault] of unresolved) if (!(enough && chosen.includes(target))) faults.push(fault);
    }
    if (count) this.note("SHALL", `${count} kinds of references resolve`, faults);
  }

  async resolvesTo(references, target) {
    for (const reference of references) {
      if (reference.startsWith("#")) continue;
      const held = await this.client.resolve(reference);
      if (held && (await this.client.validate(held, `${target}|${this.version}`)).length === 0) return true;
    }
    return false;
  }
}
