//! The table of invariants: R4's rules that are clear without an expression engine.

use super::invariants::Check::{Any, AtMostOne, Needs, One, Test};
use super::invariants::{
    Check, Rule, begins_with, coded, component_codes, distinct, entries_have, full_urls, has,
    in_order, link_ids, number, one_of, range,
};

const fn rule(key: &'static str, says: &'static str, check: Check) -> Rule {
    Rule { key, says, check }
}

const UCUM: &str = "http://unitsofmeasure.org";
const ALLERGY_VERIFICATION: &str =
    "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification";
const CONDITION_VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
const CONDITION_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
const WRONG: &[&str] = &["entered-in-error"];

const QTY_3: Rule = rule(
    "qty-3",
    "a unit code needs its system",
    Needs("code", &["system"]),
);
const ONE_ACTION: Check = One(&["operation", "assert"]);

/// Invariants by the name of the type (or the path of the nested element) they stand on.
#[rustfmt::skip]
pub(super) const RULES: &[(&str, &[Rule])] = &[
    // Datatypes
    ("Extension", &[rule("ext-1", "an extension has either a value or extensions", One(&["extension", "value[x]"]))]),
    ("Attachment", &[rule("att-1", "data needs its contentType", Needs("data", &["contentType"]))]),
    ("ContactPoint", &[rule("cpt-2", "a value needs its system", Needs("value", &["system"]))]),
    ("Period", &[rule("per-1", "the start may not be after the end", Test(|e| in_order(e, "start", "end")))]),
    ("Range", &[rule("rng-2", "low may not be above high", Test(range))]),
    ("Ratio", &[rule("rat-1", "numerator and denominator come together, or an extension instead",
        Test(|e| has(e, "numerator") == has(e, "denominator") && (has(e, "numerator") || has(e, "extension"))))]),
    ("Quantity", &[QTY_3]),
    ("SimpleQuantity", &[QTY_3]),
    ("MoneyQuantity", &[QTY_3]),
    ("Age", &[QTY_3, rule("age-1", "an age has a UCUM code and is above 0",
        Test(|e| (has(e, "code") || !has(e, "value")) && (!has(e, "system") || one_of(e, "system", &[UCUM]))
            && number(e, "value").is_none_or(|n| n > 0.0)))]),
    ("Count", &[QTY_3, rule("cnt-3", "a count is a whole number with the UCUM code 1",
        Test(|e| (has(e, "code") || !has(e, "value")) && (!has(e, "system") || one_of(e, "system", &[UCUM]))
            && (!has(e, "code") || one_of(e, "code", &["1"])) && number(e, "value").is_none_or(|n| n.fract() == 0.0)))]),
    ("Distance", &[QTY_3, rule("dis-1", "a distance has a UCUM code",
        Test(|e| (has(e, "code") || !has(e, "value")) && (!has(e, "system") || one_of(e, "system", &[UCUM]))))]),
    ("Duration", &[QTY_3, rule("drt-1", "a duration with a code has the UCUM system and a value",
        Test(|e| !has(e, "code") || (one_of(e, "system", &[UCUM]) && has(e, "value"))))]),
    ("Expression", &[rule("exp-1", "an expression or a reference to one is needed", Any(&["expression", "reference"]))]),
    ("DataRequirement.codeFilter", &[rule("drq-1", "either path or searchParam", One(&["path", "searchParam"]))]),
    ("DataRequirement.dateFilter", &[rule("drq-2", "either path or searchParam", One(&["path", "searchParam"]))]),
    ("TriggerDefinition", &[
        rule("trd-1", "data and timing exclude each other", AtMostOne(&["data", "timing[x]"])),
        rule("trd-2", "a condition needs data", Needs("condition", &["data"]))]),
    ("Timing.repeat", &[
        rule("tim-1", "a duration needs its unit", Needs("duration", &["durationUnit"])),
        rule("tim-2", "a period needs its unit", Needs("period", &["periodUnit"])),
        rule("tim-4", "a duration is not negative", Test(|e| number(e, "duration").is_none_or(|n| n >= 0.0))),
        rule("tim-5", "a period is not negative", Test(|e| number(e, "period").is_none_or(|n| n >= 0.0))),
        rule("tim-6", "periodMax needs a period", Needs("periodMax", &["period"])),
        rule("tim-7", "durationMax needs a duration", Needs("durationMax", &["duration"])),
        rule("tim-8", "countMax needs a count", Needs("countMax", &["count"])),
        rule("tim-9", "an offset needs when, and not that of a meal (C, CM, CD, CV)",
            Test(|e| !has(e, "offset") || (has(e, "when") && !e.all("when").iter().any(|w| ["C", "CM", "CD", "CV"].iter().any(|c| w.is(c)))))),
        rule("tim-10", "timeOfDay and when exclude each other", AtMostOne(&["timeOfDay", "when"]))]),
    ("ElementDefinition", &[
        rule("eld-8", "pattern and fixed exclude each other", AtMostOne(&["pattern[x]", "fixed[x]"])),
        rule("eld-14", "constraint keys differ", Test(|e| distinct(e, "constraint.key"))),
        rule("eld-15", "defaultValue and meaningWhenMissing exclude each other", AtMostOne(&["defaultValue[x]", "meaningWhenMissing"])),
        rule("eld-22", "sliceIsConstraining needs a sliceName", Needs("sliceIsConstraining", &["sliceName"]))]),
    ("ElementDefinition.slicing", &[rule("eld-1", "a discriminator or a description is needed", Any(&["discriminator", "description"]))]),

    // The patient's record
    ("Patient.contact", &[rule("pat-1", "a contact needs a name, telecom, address or organization", Any(&["name", "telecom", "address", "organization"]))]),
    ("Observation", &[
        rule("obs-6", "a value and dataAbsentReason exclude each other", AtMostOne(&["dataAbsentReason", "value[x]"])),
        rule("obs-7", "a component repeats the code although there is a value", Test(component_codes))]),
    ("Observation.referenceRange", &[rule("obs-3", "low, high or text is needed", Any(&["low", "high", "text"]))]),
    ("AllergyIntolerance", &[
        rule("ait-1", "clinicalStatus is needed unless entered in error",
            Test(|e| has(e, "clinicalStatus") || coded(e, "verificationStatus", ALLERGY_VERIFICATION, WRONG))),
        rule("ait-2", "no clinicalStatus when entered in error",
            Test(|e| !has(e, "clinicalStatus") || !coded(e, "verificationStatus", ALLERGY_VERIFICATION, WRONG)))]),
    ("Condition", &[
        rule("con-4", "with an abatement the clinicalStatus is inactive, remission or resolved",
            Test(|e| !has(e, "abatement[x]") || coded(e, "clinicalStatus", CONDITION_CLINICAL, &["inactive", "remission", "resolved"]))),
        rule("con-5", "no clinicalStatus when entered in error",
            Test(|e| !has(e, "clinicalStatus") || !coded(e, "verificationStatus", CONDITION_VERIFICATION, WRONG)))]),
    ("Condition.stage", &[rule("con-1", "a summary or an assessment is needed", Any(&["summary", "assessment"]))]),
    ("Condition.evidence", &[rule("con-2", "a code or a detail is needed", Any(&["code", "detail"]))]),
    ("Immunization.education", &[rule("imm-1", "documentType or reference is needed", Any(&["documentType", "reference"]))]),
    ("ImmunizationRecommendation.recommendation", &[rule("imr-1", "vaccineCode or targetDisease is needed", Any(&["vaccineCode", "targetDisease"]))]),
    ("MedicationAdministration.dosage", &[rule("mad-1", "a dose or a rate is needed", Any(&["dose", "rate[x]"]))]),
    ("MedicationDispense", &[rule("mdd-1", "handed over before it was prepared", Test(|e| in_order(e, "whenPrepared", "whenHandedOver")))]),
    ("FamilyMemberHistory", &[
        rule("fhs-1", "age and born exclude each other", AtMostOne(&["age[x]", "born[x]"])),
        rule("fhs-2", "estimatedAge needs an age", Needs("estimatedAge", &["age[x]"]))]),
    ("Goal.target", &[rule("gol-1", "a detail needs its measure", Needs("detail[x]", &["measure"]))]),
    ("CarePlan.activity", &[rule("cpl-3", "detail and reference exclude each other", AtMostOne(&["detail", "reference"]))]),
    ("ServiceRequest", &[rule("prr-1", "orderDetail needs a code", Needs("orderDetail", &["code"]))]),
    ("RiskAssessment.prediction", &[rule("ras-2", "a probability is at most 100", Test(|e| number(e, "probabilityDecimal").is_none_or(|n| n <= 100.0)))]),
    ("QuestionnaireResponse.item", &[rule("qrs-1", "answer and item exclude each other", AtMostOne(&["answer", "item"]))]),
    ("Group", &[rule("grp-1", "members need actual to be true", Test(|e| !has(e, "member") || e.get("actual").and_then(|a| a.bool()) == Some(true)))]),
    ("MolecularSequence", &[rule("msq-3", "coordinateSystem is 0 or 1", Test(|e| number(e, "coordinateSystem").is_none_or(|n| n == 0.0 || n == 1.0)))]),
    ("MolecularSequence.referenceSeq", &[
        rule("msq-5", "chromosome and genomeBuild come together", Test(|e| has(e, "chromosome") == has(e, "genomeBuild"))),
        rule("msq-6", "exactly one way to name the reference sequence", One(&["genomeBuild", "referenceSeqId", "referenceSeqPointer", "referenceSeqString"]))]),

    // The practice
    ("Appointment", &[
        rule("app-2", "start and end come together", Test(|e| has(e, "start") == has(e, "end"))),
        rule("app-3", "only proposed, cancelled or waitlisted appointments lack start and end",
            Test(|e| (has(e, "start") && has(e, "end")) || one_of(e, "status", &["proposed", "cancelled", "waitlist"]))),
        rule("app-4", "a cancelationReason needs the status cancelled or no-show",
            Test(|e| !has(e, "cancelationReason") || one_of(e, "status", &["no-show", "cancelled"])))]),
    ("Appointment.participant", &[rule("app-1", "a participant needs a type or an actor", Any(&["type", "actor"]))]),
    ("AppointmentResponse", &[rule("apr-1", "participantType or actor is needed", Any(&["participantType", "actor"]))]),
    ("AuditEvent.entity", &[rule("sev-1", "name and query exclude each other", AtMostOne(&["name", "query"]))]),
    ("Consent", &[
        rule("ppc-1", "a policy or a policyRule is needed", Any(&["policy", "policyRule"]))]),
    ("Organization", &[
        rule("org-1", "a name or an identifier is needed", Any(&["identifier", "name"])),
        rule("org-2", "an organization has no home address", Test(|e| !e.all("address.use").iter().any(|u| u.is("home")))),
        rule("org-3", "an organization has no home telecom", Test(|e| !e.all("telecom.use").iter().any(|u| u.is("home"))))]),
    ("InsurancePlan", &[rule("ipn-1", "a name or an identifier is needed", Any(&["identifier", "name"]))]),
    ("CoverageEligibilityResponse.insurance.item", &[rule("ces-1", "either category or productOrService", One(&["category", "productOrService"]))]),
    ("RequestGroup.action", &[rule("rqg-1", "either resource or action", One(&["resource", "action"]))]),
    ("Task", &[rule("inv-1", "last modified before it was authored", Test(|e| in_order(e, "authoredOn", "lastModified")))]),
    ("List", &[
        rule("lst-1", "emptyReason and entry exclude each other", AtMostOne(&["emptyReason", "entry"])),
        rule("lst-2", "deleted entries need the mode changes", Test(|e| one_of(e, "mode", &["changes"]) || !e.all("entry").iter().any(|i| has(*i, "deleted")))),
        rule("lst-3", "dated entries need the mode working", Test(|e| one_of(e, "mode", &["working"]) || !e.all("entry").iter().any(|i| has(*i, "date"))))]),
    ("Linkage", &[rule("lnk-1", "a linkage links at least two items", Test(|e| e.all("item").len() > 1))]),
    ("Composition.section", &[
        rule("cmp-1", "a section needs text, entries or sections", Any(&["text", "entry", "section"])),
        rule("cmp-2", "emptyReason and entry exclude each other", AtMostOne(&["emptyReason", "entry"]))]),
    ("Parameters.parameter", &[rule("inv-1", "either a value, a resource or parts", One(&["part", "value[x]", "resource"]))]),
    ("Bundle", &[
        rule("bdl-1", "only search sets and histories have a total", Test(|e| !has(e, "total") || one_of(e, "type", &["searchset", "history"]))),
        rule("bdl-2", "only search sets have entry.search", Test(|e| one_of(e, "type", &["searchset"]) || !e.all("entry").iter().any(|i| has(*i, "search")))),
        rule("bdl-3", "entries have a request in batch, transaction and history, and only there",
            Test(|e| entries_have(e, "request", &["batch", "transaction", "history"]))),
        rule("bdl-4", "entries have a response in responses and history, and only there",
            Test(|e| entries_have(e, "response", &["batch-response", "transaction-response", "history"]))),
        rule("bdl-7", "a fullUrl comes twice", Test(full_urls)),
        rule("bdl-9", "a document has an identifier with system and value",
            Test(|e| !one_of(e, "type", &["document"]) || e.get("identifier").is_some_and(|i| has(i, "system") && has(i, "value")))),
        rule("bdl-10", "a document has a timestamp", Test(|e| !one_of(e, "type", &["document"]) || e.get("timestamp").is_some())),
        rule("bdl-11", "a document begins with a Composition", Test(|e| begins_with(e, "document", "Composition"))),
        rule("bdl-12", "a message begins with a MessageHeader", Test(|e| begins_with(e, "message", "MessageHeader")))]),
    ("Bundle.entry", &[
        rule("bdl-5", "an entry needs a resource, a request or a response", Any(&["resource", "request", "response"])),
        rule("bdl-8", "fullUrl names no version", Test(|e| e.text_at("fullUrl").is_none_or(|url| !url.contains("/_history/"))))]),

    // Questionnaires
    ("Questionnaire", &[rule("que-2", "two items share a linkId", Test(link_ids))]),
    ("Questionnaire.item", &[
        rule("que-1", "a group has items and a display has none",
            Test(|e| (!one_of(e, "type", &["group"]) || has(e, "item")) && (!one_of(e, "type", &["display"]) || !has(e, "item")))),
        rule("que-3", "a display has no code", Test(|e| !one_of(e, "type", &["display"]) || !has(e, "code"))),
        rule("que-4", "answerOption and answerValueSet exclude each other", AtMostOne(&["answerOption", "answerValueSet"])),
        rule("que-5", "this type takes no answer options",
            Test(|e| one_of(e, "type", &["choice", "open-choice", "decimal", "integer", "date", "dateTime", "time", "string", "quantity"])
                || !(has(e, "answerValueSet") || has(e, "answerOption")))),
        rule("que-6", "a display is neither required nor repeating", Test(|e| !one_of(e, "type", &["display"]) || !(has(e, "required") || has(e, "repeats")))),
        rule("que-8", "groups and displays have no initial value", Test(|e| !one_of(e, "type", &["group", "display"]) || !has(e, "initial"))),
        rule("que-9", "a display has no readOnly", Test(|e| !one_of(e, "type", &["display"]) || !has(e, "readOnly"))),
        rule("que-10", "this type takes no maxLength",
            Test(|e| !has(e, "maxLength") || one_of(e, "type", &["boolean", "decimal", "integer", "string", "text", "url", "open-choice"]))),
        rule("que-11", "answerOption and initial exclude each other", AtMostOne(&["answerOption", "initial"])),
        rule("que-12", "more than two enableWhen need enableBehavior", Test(|e| e.all("enableWhen").len() <= 2 || has(e, "enableBehavior"))),
        rule("que-13", "only repeating items have several initial values",
            Test(|e| e.all("initial").len() <= 1 || e.get("repeats").and_then(|r| r.bool()) == Some(true)))]),
    ("Questionnaire.item.enableWhen", &[rule("que-7", "exists is answered by a boolean", Test(|e| !one_of(e, "operator", &["exists"]) || has(e, "answerBoolean")))]),

    // Definitions and terminology
    ("CapabilityStatement", &[
        rule("cpb-1", "rest, messaging or document is needed", Any(&["rest", "messaging", "document"])),
        rule("cpb-2", "description, software or implementation is needed", Any(&["description", "software", "implementation"])),
        rule("cpb-14", "an instance needs its implementation", Test(|e| !one_of(e, "kind", &["instance"]) || has(e, "implementation"))),
        rule("cpb-15", "a capability has software and no implementation", Test(|e| !one_of(e, "kind", &["capability"]) || (has(e, "software") && !has(e, "implementation")))),
        rule("cpb-16", "requirements have neither software nor implementation",
            Test(|e| !one_of(e, "kind", &["requirements"]) || !(has(e, "software") || has(e, "implementation"))))]),
    ("CapabilityStatement.rest", &[rule("cpb-9", "each resource type comes once", Test(|e| distinct(e, "resource.type")))]),
    ("CapabilityStatement.rest.resource", &[rule("cpb-12", "each search parameter comes once", Test(|e| distinct(e, "searchParam.name")))]),
    ("TerminologyCapabilities", &[
        rule("tcp-2", "description, software or implementation is needed", Any(&["description", "software", "implementation"])),
        rule("tcp-3", "an instance needs its implementation", Test(|e| !one_of(e, "kind", &["instance"]) || has(e, "implementation")))]),
    ("ConceptMap.group.unmapped", &[
        rule("cmd-2", "fixed needs a code", Test(|e| !one_of(e, "mode", &["fixed"]) || has(e, "code"))),
        rule("cmd-3", "other-map needs a url", Test(|e| !one_of(e, "mode", &["other-map"]) || has(e, "url")))]),
    ("ConceptMap.group.element.target", &[rule("cmd-1", "narrower and inexact need a comment",
        Test(|e| has(e, "comment") || !one_of(e, "equivalence", &["narrower", "inexact"])))]),
    ("NamingSystem", &[rule("nsd-1", "a root has no uuid", Test(|e| !one_of(e, "kind", &["root"]) || !e.all("uniqueId.type").iter().any(|t| t.is("uuid"))))]),
    ("OperationDefinition.parameter", &[
        rule("opd-1", "a type or parts are needed", Any(&["type", "part"])),
        rule("opd-2", "searchType needs the type string", Test(|e| !has(e, "searchType") || one_of(e, "type", &["string"]))),
        rule("opd-3", "targetProfile needs the type Reference or canonical", Test(|e| !has(e, "targetProfile") || one_of(e, "type", &["Reference", "canonical"])))]),
    ("SearchParameter", &[
        rule("spd-1", "xpath needs xpathUsage", Needs("xpath", &["xpathUsage"])),
        rule("spd-2", "chains need the type reference", Test(|e| !has(e, "chain") || one_of(e, "type", &["reference"])))]),
    ("StructureDefinition", &[
        rule("sdf-6", "a snapshot or a differential is needed", Any(&["snapshot", "differential"])),
        rule("sdf-4", "a concrete definition needs its base", Test(|e| e.get("abstract").and_then(|a| a.bool()) == Some(true) || has(e, "baseDefinition"))),
        rule("sdf-18", "contextInvariant is for extensions", Test(|e| !has(e, "contextInvariant") || one_of(e, "type", &["Extension"])))]),
    ("StructureDefinition.mapping", &[rule("sdf-2", "a name or a uri is needed", Any(&["name", "uri"]))]),
    ("StructureMap.group.rule.target", &[
        rule("smp-1", "an element needs its context", Needs("element", &["context"])),
        rule("smp-2", "a context needs its type", Needs("context", &["contextType"]))]),
    ("TestReport.setup.action", &[rule("inv-1", "either an operation or an assert", ONE_ACTION)]),
    ("TestReport.test.action", &[rule("inv-2", "either an operation or an assert", ONE_ACTION)]),
    ("TestScript.setup.action", &[rule("tst-1", "either an operation or an assert", ONE_ACTION)]),
    ("TestScript.test.action", &[rule("tst-2", "either an operation or an assert", ONE_ACTION)]),
    ("ValueSet.compose.include", &[
        rule("vsd-1", "a system or value sets are needed", Any(&["valueSet", "system"])),
        rule("vsd-2", "concepts and filters need their system", Test(|e| has(e, "system") || !(has(e, "concept") || has(e, "filter")))),
        rule("vsd-3", "concept and filter exclude each other", AtMostOne(&["concept", "filter"]))]),
    ("ValueSet.expansion.contains", &[
        rule("vsd-6", "a code or a display is needed", Any(&["code", "display"])),
        rule("vsd-10", "a code needs its system", Needs("code", &["system"]))]),
];
