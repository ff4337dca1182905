// What a search by a parameter sends, and whether a resource found fits it.

import { at } from "./elements.mjs";
import { fits, sent } from "./dates.mjs";

const PREFERRED = ["http://loinc.org", "http://snomed.info/sct", "http://terminology.hl7.org/", "http://hl7.org/fhir/us/core/"];
const DATES = ["date", "dateTime", "instant", "Period"];
const lower = (text) => String(text).toLowerCase();

// The values a resource holds where a parameter looks.
export function values(resource, param) {
  return param.paths.flatMap((whole) => {
    const extension = /extension\.where\(url='(.*)'\)\.value/.exec(whole);
    if (extension) {
      const found = (resource.extension ?? []).filter((one) => one.url === extension[1]);
      return found.flatMap((one) => at(one, "value[x]"));
    }
    const path = whole.slice(whole.indexOf(".") + 1);
    const exact = at(resource, path);
    return exact.length ? exact : at(resource, `${path}[x]`);
  });
}

const codings = (value) => (value.coding ?? [value]).filter((coding) => coding.code !== undefined);

function preferred(value) {
  const all = codings(value);
  return all.find((one) => PREFERRED.some((system) => one.system?.startsWith(system))) ?? all[0];
}

const escape = (text) => String(text).replace(/([\\,$|])/g, "\\$1");

// The text a search sends for a value; `whole` asks for `system|code`.
export function send(name, param, value, whole = false) {
  if (DATES.includes(param.kind)) return sent(value, name === "birthdate" || name === "death-date" || name === "target-date");
  switch (param.kind) {
    case "CodeableConcept":
    case "Coding": {
      const coding = preferred(value);
      return coding && (whole ? `${escape(coding.system ?? "")}|${escape(coding.code)}` : escape(coding.code));
    }
    case "Identifier":
      return whole && value.system ? `${escape(value.system)}|${escape(value.value)}` : value.value && escape(value.value);
    case "Reference":
      return value.reference && escape(value.reference);
    case "HumanName":
      return escape(value.family ?? value.given?.[0] ?? value.text ?? "");
    case "Address":
      return escape(value.text ?? value.city ?? value.state ?? value.postalCode ?? value.country ?? "");
    default:
      return escape(value);
  }
}

const names = (name) => [name.text, name.family, ...(name.given ?? []), ...(name.prefix ?? []), ...(name.suffix ?? [])];
const places = (address) => [address.text, address.city, address.state, address.postalCode, address.country];
const starts = (texts, wanted) => texts.some((text) => text !== undefined && lower(text).startsWith(lower(wanted)));

function fitsOne(param, value, wanted, base) {
  if (DATES.includes(param.kind)) return fits(value, wanted);
  const cut = wanted.indexOf("|");
  const system = cut < 0 ? undefined : wanted.slice(0, cut);
  const code = wanted.slice(cut + 1);
  switch (param.kind) {
    case "CodeableConcept":
    case "Coding":
      return codings(value).some((one) => lower(one.code) === lower(code) && (system === undefined || one.system === system));
    case "Identifier":
      return value.value === code && (system === undefined || value.system === system);
    case "Reference":
      return [wanted, `${base}/${wanted}`].includes(value.reference) || value.reference?.split("/").at(-1) === wanted;
    case "HumanName":
      return starts(names(value), wanted);
    case "Address":
      return starts(places(value), wanted);
    case "code":
    case "String":
    case "canonical":
      return String(value) === wanted;
    default:
      return starts([value], wanted);
  }
}

// Whether a resource fits what was sent: alternatives by comma, `\,` is a comma itself.
export function matches(resource, param, text, base) {
  const alternatives = text.match(/(?:\\.|[^,\\])+/g) ?? [text];
  const held = values(resource, param);
  return alternatives.some((one) => held.some((value) => fitsOne(param, value, one.replace(/\\(.)/g, "$1"), base)));
}

// The codes a value shows, for comparisons of whole lists.
export const codesOf = (value) => (typeof value === "string" ? [value] : codings(value).map((one) => one.code));
