//! What makes Ana's record full: every US Core profile that ordinary visits do not produce.

use crate::chart::Chart;
use crate::labs;
use crate::notes::{self, Note};
use crate::places::{GENERAL_PRACTITIONER_ADULT, ORGANIZATION, SURGEON, display_of};
use crate::visits::Seen;
use crate::words::{
    Code, LOINC, OBSERVATION_CATEGORY, SNOMED, US_CORE_CATEGORY, coded, icd10, loinc, named,
    number, quantity, snomed, tho, to, us_core,
};
use serde_json::{Value, json};

/// Adds to the chart, hanging on its last visit.
pub fn record(chart: &mut Chart<'_>, seen: &Seen) {
    device(chart);
    imaging_orders(chart, seen);
    reports(chart, seen);
    crate::screening::record(chart, seen);
    preferences(chart, seen);
    simple_observations(chart, seen);
    tests_done(chart, seen);
    concerns(chart, seen);
    pressures(chart, seen);
    referenced_medication(chart, seen);
    crate::vaccines::declined(chart, seen);
    discharge(chart, seen);
}

/// An Observation on the visit with its category, code and whatever `value` holds.
pub fn observe(
    chart: &mut Chart<'_>,
    seen: &Seen,
    slug: &str,
    profile: &str,
    categories: Value,
    code: Code,
    value: (&str, Value),
) -> String {
    let mut made = json!({
        "resourceType": "Observation", "id": chart.id(slug), "meta": {"profile": [us_core(profile)]},
        "status": "final", "category": categories, "code": code.concept(),
        "subject": chart.subject(), "encounter": to(&seen.encounter),
        "effectiveDateTime": seen.start, "issued": seen.end,
        "performer": [named(&seen.practitioner, &seen.practitioner_name)]
    });
    if let Some(map) = made.as_object_mut() {
        map.insert(value.0.into(), value.1);
    }
    chart.add(made, &seen.practitioner, &seen.start)
}

/// One category of the base code system.
pub fn category(code: &str, display: &str) -> Value {
    coded(OBSERVATION_CATEGORY, code, display)
}

/// One category of US Core.
pub fn us_core_category(code: &str, display: &str) -> Value {
    coded(US_CORE_CATEGORY, code, display)
}

fn device(chart: &mut Chart<'_>) {
    let calendar = chart.calendar;
    let resource = json!({
        "resourceType": "Device", "id": chart.id("device-iud"),
        "meta": {"profile": [us_core("us-core-implantable-device")]},
        "udiCarrier": [{"deviceIdentifier": "00851859004081",
            "issuer": "http://hl7.org/fhir/NamingSystem/gs1-di",
            "carrierHRF": "(01)00851859004081(11)230105(17)280104(10)TX22G1(21)88213"}],
        "status": "active", "distinctIdentifier": "A9999XYZ100T0474",
        "manufacturer": "Riverstone Medical", "manufactureDate": "2023-01-05",
        "expirationDate": "2028-01-04", "lotNumber": "TX22G1", "serialNumber": "88213",
        "deviceName": [{"name": "Copper intrauterine contraceptive", "type": "user-friendly-name"}],
        "type": coded(SNOMED, "268460000", "Intrauterine contraceptive device"),
        "patient": chart.subject(), "owner": to(ORGANIZATION)
    });
    chart.add(
        resource,
        GENERAL_PRACTITIONER_ADULT,
        &calendar.ago(700, 10, 0),
    );
}

fn imaging_orders(chart: &mut Chart<'_>, seen: &Seen) {
    let order = |id: String, category: Value, code: Code, status: &str| {
        json!({
            "resourceType": "ServiceRequest", "id": id,
            "meta": {"profile": [us_core("us-core-servicerequest")]},
            "status": status, "intent": "order", "category": [category], "code": code.concept(),
            "subject": chart.subject(), "encounter": to(&seen.encounter),
            "occurrencePeriod": {"start": seen.start, "end": chart.calendar.ago(-60, 17, 0)},
            "authoredOn": seen.start,
            "requester": named(&seen.practitioner, &seen.practitioner_name),
            "reasonReference": [to("Condition/ana-problem-diabetes")]
        })
    };
    let imaging = coded(SNOMED, "363679005", "Imaging");
    let sdoh = us_core_category("sdoh", "SDOH");
    let mammogram = order(
        chart.id("order-mammogram"),
        imaging,
        loinc("24606-6", "MG Breast Screening"),
        "active",
    );
    let food = order(
        chart.id("order-food"),
        sdoh,
        snomed("713109004", "Referral to community meals service"),
        "completed",
    );
    chart.add(mammogram, &seen.practitioner, &seen.start);
    let food = chart.add(food, &seen.practitioner, &seen.start);
    let procedure = json!({
        "resourceType": "Procedure", "id": chart.id("procedure-food"),
        "meta": {"profile": [us_core("us-core-procedure")]},
        "basedOn": [to(&food)], "status": "completed",
        "code": snomed("710824005", "Assessment of health and social care needs").concept(),
        "subject": chart.subject(), "encounter": to(&seen.encounter),
        "performedDateTime": seen.start,
        "performer": [{"actor": named(&seen.practitioner, &seen.practitioner_name)}],
        "reasonReference": [to("Condition/ana-concern-food")]
    });
    chart.add(procedure, &seen.practitioner, &seen.start);
}

struct Report {
    slug: &'static str,
    category: Code,
    code: Code,
    note: Code,
    text: &'static str,
}

const REPORTS: &[Report] = &[
    Report {
        slug: "ecg",
        category: loinc("LP29708-2", "Cardiology"),
        code: loinc("11524-6", "EKG study"),
        note: loinc("28570-0", "Procedure note"),
        text: "ELECTROCARDIOGRAM\nSinus rhythm, 68 a minute. Normal axis and intervals. No change since the last tracing.\n",
    },
    Report {
        slug: "ankle-xray",
        category: loinc("LP29684-5", "Radiology"),
        code: loinc("37637-6", "XR Ankle Views"),
        note: loinc("18748-4", "Diagnostic imaging study"),
        text: "RIGHT ANKLE, THREE VIEWS\nNo fracture or dislocation. Soft tissue swelling over the outer malleolus.\n",
    },
    Report {
        slug: "cervical-screening",
        category: loinc("LP7839-6", "Pathology"),
        code: loinc(
            "19762-4",
            "General categories [Interpretation] of Cervical or vaginal smear or scraping by Cyto stain",
        ),
        note: loinc("11526-1", "Pathology study"),
        text: "CERVICAL CYTOLOGY\nSatisfactory specimen. Negative for intraepithelial lesion or malignancy. High-risk HPV not detected.\n",
    },
];

/// Reports whose text is also filed as a document: the same attachment in both.
fn reports(chart: &mut Chart<'_>, seen: &Seen) {
    for report in REPORTS {
        let note = Note {
            slug: report.slug,
            kind: report.note,
            title: report.code.display,
            text: report.text.to_owned(),
            binary: true,
        };
        let (_, url) = notes::record(chart, seen, &note);
        let media = json!({
            "resourceType": "Media", "id": chart.id(&format!("media-{}", report.slug)),
            "status": "completed", "subject": chart.subject(),
            "type": tho("media-type", "image", "Image"), "createdDateTime": seen.start,
            "content": {"contentType": "text/plain", "title": report.code.display,
                "url": url.clone().unwrap_or_default()}
        });
        let media = chart.add(media, &seen.practitioner, &seen.start);
        let finding = observe(
            chart,
            seen,
            &format!("{}-impression", report.slug),
            "us-core-observation-clinical-result",
            json!([category("imaging", "Imaging")]),
            loinc(
                "19005-8",
                "Radiology Imaging study [Impression] (narrative)",
            ),
            (
                "valueString",
                json!(report.text.lines().nth(1).unwrap_or("Normal")),
            ),
        );
        let made = json!({
            "resourceType": "DiagnosticReport", "id": chart.id(&format!("report-{}", report.slug)),
            "meta": {"profile": [us_core("us-core-diagnosticreport-note")]},
            "status": "final", "category": [report.category.concept()],
            "code": report.code.concept(), "subject": chart.subject(),
            "encounter": to(&seen.encounter), "effectiveDateTime": seen.start, "issued": seen.end,
            "performer": [named(&seen.practitioner, &seen.practitioner_name),
                named(ORGANIZATION, "Riverbend Health")],
            "resultsInterpreter": [named(&seen.practitioner, &seen.practitioner_name)],
            "result": [to(&finding)], "media": [{"link": to(&media)}],
            "conclusion": report.text.lines().nth(1).unwrap_or("Normal"),
            "presentedForm": [{"contentType": "text/plain; charset=utf-8",
                "url": url.unwrap_or_default(), "title": report.code.display}]
        });
        chart.add(made, &seen.practitioner, &seen.end);
    }
    for (slug, kind, title, text) in [
        (
            "consult",
            loinc("11488-4", "Consult note"),
            "Diabetes education",
            "DIABETES EDUCATION\nMeal planning with the whole family, meter use, foot care, what to do on sick days. Understands and can repeat the plan.\n",
        ),
        (
            "lab-summary",
            loinc("11502-2", "Laboratory report"),
            "Laboratory summary",
            "LABORATORY SUMMARY\nA1c 8.4 to 6.6 percent over two years. Urine albumin back to normal.\n",
        ),
        (
            "appendix",
            loinc("11504-8", "Surgical operation note"),
            "Operation note",
            "LAPAROSCOPIC APPENDECTOMY\nInflamed appendix removed, no perforation. No complications.\n",
        ),
    ] {
        let note = Note {
            slug,
            kind,
            title,
            text: text.to_owned(),
            binary: false,
        };
        notes::record(chart, seen, &note);
    }
}

fn preferences(chart: &mut Chart<'_>, seen: &Seen) {
    let treatment = json!([us_core_category(
        "treatment-intervention-preference",
        "Treatment Intervention Preference"
    )]);
    let experience = json!([us_core_category(
        "care-experience-preference",
        "Care Experience Preference"
    )]);
    let wish = loinc(
        "75773-2",
        "Goals, preferences, and priorities for medical treatment",
    );
    let care = loinc("95541-9", "Care experience preference");
    observe(
        chart,
        seen,
        "wish-treatment",
        "us-core-treatment-intervention-preference",
        treatment.clone(),
        wish,
        (
            "valueString",
            json!("Wants every treatment that lets her return home."),
        ),
    );
    observe(
        chart,
        seen,
        "wish-ventilation",
        "us-core-treatment-intervention-preference",
        treatment,
        wish,
        ("valueCodeableConcept", json!({"text": "Full treatment"})),
    );
    observe(
        chart,
        seen,
        "wish-language",
        "us-core-care-experience-preference",
        experience.clone(),
        care,
        (
            "valueString",
            json!("Explain results in Spanish to her mother."),
        ),
    );
    observe(
        chart,
        seen,
        "wish-visitors",
        "us-core-care-experience-preference",
        experience,
        care,
        (
            "valueCodeableConcept",
            json!({"text": "Family present at all times"}),
        ),
    );
}

fn simple_observations(chart: &mut Chart<'_>, seen: &Seen) {
    let social = || json!([category("social-history", "Social History")]);
    let simple = "us-core-simple-observation";
    observe(
        chart,
        seen,
        "pregnancy-status",
        "us-core-observation-pregnancystatus",
        social(),
        loinc("82810-3", "Pregnancy status"),
        (
            "valueCodeableConcept",
            snomed("60001007", "Not pregnant").concept(),
        ),
    );
    observe(
        chart,
        seen,
        "pregnancy-intent",
        "us-core-observation-pregnancyintent",
        social(),
        loinc("86645-9", "Pregnancy intention in the next year - Reported"),
        (
            "valueCodeableConcept",
            snomed("454381000124105", "Not desiring pregnancy").concept(),
        ),
    );
    observe(
        chart,
        seen,
        "orientation",
        "us-core-observation-sexual-orientation",
        social(),
        loinc("76690-7", "Sexual orientation"),
        (
            "valueCodeableConcept",
            snomed("20430005", "Heterosexual").concept(),
        ),
    );
    let occupation = json!({
        "resourceType": "Observation", "id": chart.id("occupation"),
        "meta": {"profile": [us_core("us-core-observation-occupation")]}, "status": "final",
        "category": social(), "code": loinc("11341-5", "History of Occupation").concept(),
        "subject": chart.subject(), "effectivePeriod": {"start": chart.calendar.day(3_000).to_string()},
        "performer": [named(&seen.practitioner, &seen.practitioner_name)],
        "valueCodeableConcept": coded("urn:oid:2.16.840.1.114222.4.5.327", "2310",
            "Elementary and middle school teachers"),
        "component": [{"code": loinc("86188-0", "History of Occupation industry").concept(),
            "valueCodeableConcept": coded("urn:oid:2.16.840.1.114222.4.5.327", "7860",
                "Elementary and secondary schools")}]
    });
    let occupation = chart.add(occupation, &seen.practitioner, &seen.start);
    observe(
        chart,
        seen,
        "pack-years",
        "us-core-smokingstatus",
        social(),
        snomed("401201003", "Cigarette pack-years"),
        (
            "valueQuantity",
            quantity(0.0, 0, "{PackYears}", "{PackYears}"),
        ),
    );
    observe(
        chart,
        seen,
        "activity-days",
        simple,
        json!([category("activity", "Activity")]),
        loinc(
            "89555-7",
            "How many days per week did you engage in moderate to strenuous physical activity in the last 30 days",
        ),
        ("valueQuantity", quantity(5.0, 0, "d/wk", "d/wk")),
    );
    observe(
        chart,
        seen,
        "lives-with",
        simple,
        social(),
        loinc(
            "63512-8",
            "How many people are living or staying at this address",
        ),
        ("valueQuantity", quantity(5.0, 0, "{#}", "{#}")),
    );
    observe(
        chart,
        seen,
        "disability",
        simple,
        json!([us_core_category("disability-status", "Disability Status")]),
        loinc(
            "69856-3",
            "Are you deaf, or do you have serious difficulty hearing",
        ),
        ("valueBoolean", json!(false)),
    );
    observe(
        chart,
        seen,
        "function",
        simple,
        json!([us_core_category("functional-status", "Functional Status")]),
        loinc("54522-8", "Functional status"),
        ("valueString", json!("Independent in all activities")),
    );
    let cognition = json!({
        "resourceType": "Observation", "id": chart.id("cognition"),
        "meta": {"profile": [us_core(simple)]}, "status": "final",
        "category": [us_core_category("cognitive-status", "Cognitive Status")],
        "code": loinc("11332-4", "History of Cognitive function Narrative").concept(),
        "subject": chart.subject(), "effectiveDateTime": seen.start,
        "performer": [chart.subject()], "derivedFrom": [to(&occupation)],
        "valueCodeableConcept": snomed("17326005", "Well in self").concept()
    });
    chart.add(cognition, &chart.patient(), &seen.start);
}

fn tests_done(chart: &mut Chart<'_>, seen: &Seen) {
    let clinical = "us-core-observation-clinical-result";
    observe(
        chart,
        seen,
        "ejection",
        clinical,
        json!([category("procedure", "Procedure")]),
        loinc("10230-1", "Left ventricular Ejection fraction"),
        ("valueQuantity", quantity(62.0, 0, "%", "%")),
    );
    observe(
        chart,
        seen,
        "foot",
        clinical,
        json!([category("exam", "Exam")]),
        loinc("11404-1", "Physical findings of Foot Narrative"),
        (
            "valueCodeableConcept",
            snomed("17621005", "Normal").concept(),
        ),
    );
    observe(
        chart,
        seen,
        "therapy",
        clinical,
        json!([category("therapy", "Therapy")]),
        loinc("34823-5", "Physical medicine and rehab Note"),
        ("valueString", json!("Ankle strength equal on both sides")),
    );
    let urine = snomed("122575003", "Urine specimen");
    labs::finding(
        chart,
        seen,
        "urine-culture",
        loinc("630-4", "Bacteria identified in Urine by Culture"),
        urine,
        false,
    );
    let text = json!({
        "resourceType": "Observation", "id": chart.id("blood-smear"),
        "meta": {"profile": [us_core("us-core-observation-lab")]}, "status": "final",
        "category": [labs::laboratory()],
        "code": loinc("5909-7", "Blood smear finding [Identifier] in Blood by Light microscopy").concept(),
        "subject": chart.subject(), "encounter": to(&seen.encounter),
        "effectiveDateTime": seen.start, "issued": seen.end,
        "performer": [named(&seen.practitioner, &seen.practitioner_name)],
        "valueString": "Normal red cells and platelets"
    });
    chart.add(text, &seen.practitioner, &seen.end);
}

fn concerns(chart: &mut Chart<'_>, seen: &Seen) {
    let concern = json!({
        "resourceType": "Condition", "id": chart.id("concern-food"),
        "meta": {"profile": [us_core("us-core-condition-problems-health-concerns")]},
        "clinicalStatus": tho("condition-clinical", "resolved", "Resolved"),
        "verificationStatus": tho("condition-ver-status", "confirmed", "Confirmed"),
        "category": [
            coded("http://hl7.org/fhir/us/core/CodeSystem/condition-category", "health-concern",
                "Health Concern"),
            us_core_category("sdoh", "SDOH")],
        "code": {"coding": [snomed("733423003", "Food insecurity").coding(),
            icd10("Z59.41", "Food insecurity").coding()], "text": "Food insecurity"},
        "subject": chart.subject(), "encounter": to(&seen.encounter),
        "onsetDateTime": chart.calendar.day(760).to_string(),
        "abatementDateTime": chart.calendar.day(500).to_string(),
        "recordedDate": chart.calendar.ago(758, 9, 0),
        "recorder": named(&seen.practitioner, &seen.practitioner_name)
    });
    chart.add(concern, &seen.practitioner, &chart.calendar.ago(758, 9, 0));
}

/// Home pressures averaged, one reading that failed, and oxygen given in the emergency room.
fn pressures(chart: &mut Chart<'_>, seen: &Seen) {
    let vital = || json!([category("vital-signs", "Vital Signs")]);
    let absent = |code: &str, display: &str| tho("data-absent-reason", code, display);
    let part = |code: Code, value: f64| json!({"code": code.concept(), "valueQuantity": quantity(value, 0, "mmHg", "mm[Hg]")});
    let missing = |code: Code| json!({"code": code.concept(), "dataAbsentReason": absent("unknown", "Unknown")});
    let average = json!({
        "resourceType": "Observation", "id": chart.id("pressure-average"),
        "meta": {"profile": [us_core("us-core-average-blood-pressure")]}, "status": "final",
        "category": vital(), "code": loinc("96607-7", "Blood pressure panel mean systolic and mean diastolic").concept(),
        "subject": chart.subject(),
        "effectivePeriod": {"start": chart.calendar.ago(40, 7, 0), "end": chart.calendar.ago(12, 7, 0)},
        "performer": [chart.subject()],
        "component": [
            part(loinc("96608-5", "Systolic blood pressure mean"), 122.0),
            part(loinc("96609-3", "Diastolic blood pressure mean"), 76.0)]
    });
    chart.add(average, &chart.patient(), &seen.start);
    let failed = json!({
        "resourceType": "Observation", "id": chart.id("pressure-failed"),
        "meta": {"profile": [us_core("us-core-blood-pressure")]}, "status": "final",
        "category": vital(), "code": loinc("85354-9", "Blood pressure panel with all children optional").concept(),
        "subject": chart.subject(), "encounter": to(&seen.encounter),
        "effectiveDateTime": chart.calendar.ago(290, 18, 0),
        "performer": [named(&seen.practitioner, &seen.practitioner_name)],
        "component": [missing(loinc("8480-6", "Systolic blood pressure")),
            missing(loinc("8462-4", "Diastolic blood pressure"))]
    });
    chart.add(failed, &seen.practitioner, &seen.start);
    let oxygen = json!({
        "resourceType": "Observation", "id": chart.id("oxygen-given"),
        "meta": {"profile": [us_core("us-core-pulse-oximetry")]}, "status": "final",
        "category": vital(),
        "code": {"coding": [
            {"system": LOINC, "code": "59408-5", "display": "Oxygen saturation in Arterial blood by Pulse oximetry"},
            {"system": LOINC, "code": "2708-6", "display": "Oxygen saturation in Arterial blood"}]},
        "subject": chart.subject(), "encounter": to("Encounter/ana-ankle-sprain"),
        "effectiveDateTime": chart.calendar.ago(290, 18, 5),
        "performer": [named(&seen.practitioner, &seen.practitioner_name)],
        "valueQuantity": quantity(99.0, 0, "%", "%"),
        "component": [
            {"code": loinc("3151-8", "Inhaled oxygen flow rate").concept(),
             "valueQuantity": quantity(2.0, 0, "L/min", "L/min")},
            {"code": loinc("3150-0", "Inhaled oxygen concentration").concept(),
             "valueQuantity": quantity(28.0, 0, "%", "%")}]
    });
    chart.add(oxygen, &seen.practitioner, &seen.start);
}

/// A prescription by reference to a Medication, and a medicine Ana reports herself.
fn referenced_medication(chart: &mut Chart<'_>, seen: &Seen) {
    let medication = json!({
        "resourceType": "Medication", "id": "glucose-test-strips",
        "meta": {"profile": [us_core("us-core-medication")]}, "status": "active",
        "code": coded(crate::words::RXNORM, "1100720", "glucose 4000 MG Chewable Tablet")
    });
    let medication = chart.add(medication, ORGANIZATION, &seen.start);
    let dosage = json!([{"text": "Chew 4 tablets when glucose is below 70",
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
        "asNeededBoolean": true, "route": coded(SNOMED, "26643006", "Oral route"),
        "doseAndRate": [{"doseQuantity": {"value": number(4.0, 0), "unit": "tablet",
            "system": "http://unitsofmeasure.org", "code": "{tablet}"}}]}]);
    let request = json!({
        "resourceType": "MedicationRequest", "id": chart.id("rx-glucose"),
        "meta": {"profile": [us_core("us-core-medicationrequest")]},
        "status": "active", "intent": "order",
        "category": [tho("medicationrequest-category", "community", "Community")],
        "reportedBoolean": false,
        "medicationReference": named(&medication, "glucose 4 g chewable tablet"),
        "subject": chart.subject(), "encounter": to(&seen.encounter), "authoredOn": seen.start,
        "requester": named(&seen.practitioner, &seen.practitioner_name),
        "reasonReference": [to("Condition/ana-problem-diabetes")], "dosageInstruction": dosage,
        "dispenseRequest": {"numberOfRepeatsAllowed": 2, "quantity": {"value": 50, "unit": "tablet"}}
    });
    let request = chart.add(request, &seen.practitioner, &seen.start);
    let dispense = json!({
        "resourceType": "MedicationDispense", "id": chart.id("fill-glucose"),
        "meta": {"profile": [us_core("us-core-medicationdispense")]}, "status": "completed",
        "medicationReference": named(&medication, "glucose 4 g chewable tablet"),
        "subject": chart.subject(), "context": to(&seen.encounter),
        "performer": [{"actor": to(crate::places::PHARMACY)}],
        "authorizingPrescription": [to(&request)],
        "type": tho("v3-ActCode", "FF", "First Fill"),
        "quantity": {"value": 50, "unit": "tablet"}, "whenHandedOver": chart.calendar.ago(10, 16, 0),
        "dosageInstruction": dosage
    });
    chart.add(
        dispense,
        crate::places::PHARMACY,
        &chart.calendar.ago(10, 16, 0),
    );
    let vitamin = json!({
        "resourceType": "MedicationRequest", "id": chart.id("rx-vitamin-d"),
        "meta": {"profile": [us_core("us-core-medicationrequest")]},
        "status": "active", "intent": "plan",
        "category": [tho("medicationrequest-category", "community", "Community")],
        "reportedReference": named(&seen.practitioner, &seen.practitioner_name),
        "medicationCodeableConcept": coded(crate::words::RXNORM, "316965",
            "cholecalciferol 1000 UNT"),
        "subject": chart.subject(), "encounter": to(&seen.encounter), "authoredOn": seen.start,
        "requester": named(&seen.practitioner, &seen.practitioner_name),
        "dosageInstruction": [{"text": "1 tablet a day, bought without prescription"}]
    });
    chart.add(vitamin, &seen.practitioner, &seen.start);
}

/// A discharge summary of the appendectomy, years ago.
fn discharge(chart: &mut Chart<'_>, seen: &Seen) {
    let mut stay = seen.clone();
    stay.practitioner = SURGEON.to_owned();
    stay.practitioner_name = display_of(SURGEON);
    let note = Note {
        slug: "appendix-discharge",
        kind: loinc("18842-5", "Discharge summary"),
        title: "Discharge summary",
        text: "DISCHARGE SUMMARY\nTwo days after appendectomy, eating and walking. Home with family. Stitches dissolve by themselves.\n".to_owned(),
        binary: false,
    };
    notes::record(chart, &stay, &note);
}
