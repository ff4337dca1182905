// What must be seen over all groups together: missing data, clinical notes, screening, practitioners, provenance.

const LOINC = "http://loinc.org";
const NOTES = ["11488-4", "18842-5", "34117-2", "28570-0", "11506-3", "18748-4", "11502-2", "11526-1"];
const NOTES_OF_8 = ["11504-8", "34111-5"];
const REPORTS = ["LP29708-2", "LP7839-6", "LP29684-5"];
const ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const ABSENT_CODES = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
const CORE = "http://hl7.org/fhir/us/core/";
const OBSERVATION = "http://terminology.hl7.org/CodeSystem/observation-category";

function* walk(node) {
  if (typeof node !== "object" || node === null) return;
  yield node;
  for (const value of Object.values(node)) yield* walk(value);
}
const some = (all, test) => all.some((one) => [...walk(one)].some(test));
const codings = (concepts) => [concepts ?? []].flat().flatMap((one) => one.coding ?? []);
const has = (concepts, system, code) => codings(concepts).some((one) => one.system === system && one.code === code);

export async function across(client, version, patients, seen, table) {
  const note = (group, test, lacking) =>
    table.add(group, "SHALL", test, lacking.length ? "FAIL" : "PASS", lacking.join(", "));
  note("Missing Data", "the data-absent-reason extension", some(seen, (one) => one.url === ABSENT) ? [] : ["never seen"]);
  const unknown = (one) => one.system === ABSENT_CODES && one.code === "unknown";
  note("Missing Data", "the code unknown", some(seen, unknown) ? [] : ["never seen"]);
  await notes(client, version, patients, note);
  screening(version, seen, note);
  practitioners(seen, note);
  const agents = seen.filter((one) => one.resourceType === "Provenance").flatMap((one) => one.agent);
  const alone = agents.filter((agent) => /^(.*\/)?(Practitioner|Device)\//.test(agent.who?.reference ?? "") && !agent.onBehalfOf);
  note("Provenance", "a practitioner or device acts on behalf of somebody", alone.map((agent) => agent.who.reference));
  if (version.startsWith("8")) {
    const needed = `${CORE}StructureDefinition/us-core-interpreter-needed`;
    note("Encounter", "interpreter needed", some(seen, (one) => one.url === needed) ? [] : ["never seen"]);
  }
}

async function notes(client, version, patients, note) {
  const documents = [];
  const unlinked = [];
  const reports = [];
  for (const patient of patients) {
    const own = (await client.search("DocumentReference", [["patient", patient]])).matches;
    const urls = new Set(own.flatMap((one) => one.content.map((content) => content.attachment.url)));
    const made = (await client.search("DiagnosticReport", [["patient", patient]])).matches;
    const wanted = made.filter((one) => REPORTS.some((code) => has(one.category, LOINC, code)));
    for (const { id, presentedForm } of wanted) {
      for (const { url } of presentedForm ?? []) if (url && !urls.has(url)) unlinked.push(`DiagnosticReport/${id} ${url}`);
    }
    documents.push(...own);
    reports.push(...wanted);
  }
  const types = version.startsWith("8") ? [...NOTES, ...NOTES_OF_8] : NOTES;
  note("Clinical Notes", "types of documents", types.filter((code) => !documents.some((one) => has(one.type, LOINC, code))));
  note("Clinical Notes", "categories of reports", REPORTS.filter((code) => !reports.some((one) => has(one.category, LOINC, code))));
  note("Clinical Notes", "each report's attachment is a document's too", unlinked);
}

function screening(version, seen, note) {
  const conditions = seen.filter((one) => one.resourceType === "Condition");
  const social = conditions.some((one) => has(one.category, `${CORE}CodeSystem/us-core-category`, "sdoh"));
  note("Screening Assessments", "a social Condition", social ? [] : ["never seen"]);
  const surveys = seen.filter((one) => one.resourceType === "Observation" && has(one.category, OBSERVATION, "survey"));
  const own = ["sdoh", "functional-status", "disability-status", "cognitive-status"];
  const lacking = own.filter((code) => !surveys.some((one) => has(one.category, `${CORE}CodeSystem/us-core-category`, code)));
  lacking.push(...["activity", "social-history"].filter((code) => !surveys.some((one) => has(one.category, OBSERVATION, code))));
  note("Screening Assessments", "surveys of each kind", lacking);
}

function practitioners(seen, note) {
  const addresses = seen.filter((one) => one.resourceType === "Practitioner").flatMap((one) => one.address ?? []);
  const parts = ["line", "city", "state", "postalCode", "country"];
  const lacking = parts.filter((part) => !addresses.some((one) => one[part]?.length));
  const roles = seen.some((one) => one.resourceType === "PractitionerRole");
  note("Practitioner", "an address, or a role", roles ? [] : lacking);
}
