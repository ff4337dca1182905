// The CapabilityStatement, asked without a token.

const CORE = "http://hl7.org/fhir/us/core/";

export async function statement(client, version, profiles, table) {
  const note = (level, test, good, why = "") => table.add("CapabilityStatement", level, test, good ? "PASS" : "FAIL", good ? "" : why);
  const response = await fetch(`${client.base}/metadata`, { headers: { accept: "application/fhir+json", origin: "https://app.example.org" } });
  const body = await response.json();
  note("SHALL", "is told to anybody", response.status === 200 && body.resourceType === "CapabilityStatement", `${response.status}`);
  note("SHALL", "is R4", body.fhirVersion === "4.0.1", body.fhirVersion);
  const formats = ["json", "application/json", "application/fhir+json"];
  note("SHALL", "speaks JSON", body.format?.some((one) => formats.includes(one)), `${body.format}`);
  const faults = await client.validate(body, "http://hl7.org/fhir/StructureDefinition/CapabilityStatement");
  note("SHALL", "is valid", faults.length === 0, faults.join("; "));
  const resources = body.rest[0].resource;
  const supported = resources.flatMap((one) => one.supportedProfile ?? []).map((one) => one.split("|")[0]);
  const lacking = profiles.filter((one) => one.kit === "required" && !supported.includes(one.canonical));
  note("SHALL", "lists each required profile", lacking.length === 0, lacking.map((one) => one.id).join(", "));
  const instantiates = body.instantiates?.some((one) => one.split("|")[0] === `${CORE}CapabilityStatement/us-core-server`);
  note("SHOULD", "instantiates us-core-server", instantiates);
  note("SHOULD", "may be read by other origins", Boolean(response.headers.get("access-control-allow-origin")));
  for (const profile of profiles) {
    const resource = resources.find((one) => one.type === profile.type);
    const params = new Set(resource?.searchParam?.map((one) => one.name));
    const shared = body.rest[0].searchParam?.map((one) => one.name) ?? [];
    const unnamed = [...new Set(profile.searches.flatMap((one) => one.params))].filter((one) => !params.has(one) && !shared.includes(one));
    if (unnamed.length) note("SHOULD", `names the searches of ${profile.id}`, false, unnamed.join(", "));
    const operations = profile.operations?.filter((name) => !resource?.operation?.some((one) => one.name === name)) ?? [];
    if (profile.operations) note("SHALL", `names ${profile.operations} on ${profile.type}`, operations.length === 0);
  }
}
