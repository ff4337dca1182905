//! What makes Ana's record full: every US Core profile that ordinary visits do not produce.

use crate::chart::Chart;
use crate::labs;
use crate::notes::{self, Note};
use crate::places::{GENERAL_PRACTITIONER_ADULT, ORGANIZATION, SURGEON, display_of};
use crate::seen::Seen;
use crate::words::{
    Code, SNOMED, coded, icd10, loinc, named, number, quantity, snomed, tho, to, us_core,
};
use population::conditions::{self, Problem};
use population::directives::living_will;
use population::observations::{category, observe, us_core_category};
use population::prescriptions::reported;
use population::pressures;
use population::screening::{self, Household};
use population::social::{self, Living, Occupation, Wishes};
use serde_json::{Value, json};

/// Adds to the chart, hanging on its last visit.
pub fn record(chart: &mut Chart<'_>, seen: &Seen) {
    device(chart);
    imaging_orders(chart, seen);
    crate::reports::record(chart, seen);
    told(chart, seen);
    tests_done(chart, seen);
    concerns(chart, seen);
    home_pressures(chart, seen);
    referenced_medication(chart, seen);
    population::vaccines::declined(chart, seen, "133", "Pneumococcal conjugate PCV 13");
    discharge(chart, seen);
    living_will(
        chart,
        seen,
        "LIVING WILL\nI want every treatment that lets me return home. Daniel Rivera decides if I cannot.\n",
    );
    chart.amend(&seen.encounter, |visit| {
        if let Some(reasons) = visit
            .get_mut("reasonReference")
            .and_then(Value::as_array_mut)
        {
            reasons.push(to("Condition/ana-problem-diabetes"));
        }
    });
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
        loinc("11397-7", "Physical findings of Foot Narrative"),
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
    let concern = Problem {
        slug: "food",
        code: snomed("733423003", "Food insecurity"),
        icd10: icd10("Z59.41", "Food insecurity"),
        onset: chart.calendar.day(760),
        resolved: Some(chart.calendar.day(500)),
        recorded: chart.calendar.ago(758, 9, 0),
    };
    conditions::concern(chart, &concern, seen);
}

/// Home pressures averaged, one reading that failed, and oxygen given in the emergency room.
fn home_pressures(chart: &mut Chart<'_>, seen: &Seen) {
    let calendar = chart.calendar;
    let spring = (calendar.ago(40, 7, 0), calendar.ago(12, 7, 0));
    let winter = (calendar.ago(90, 7, 0), calendar.ago(60, 7, 0));
    let mean = Some((122.0, 76.0));
    pressures::average(
        chart,
        "pressure-average",
        (&spring.0, &spring.1),
        mean,
        &seen.start,
    );
    pressures::average(
        chart,
        "pressure-average-failed",
        (&winter.0, &winter.1),
        None,
        &seen.start,
    );
    pressures::failed(chart, "pressure-failed", seen, &calendar.ago(290, 18, 0));
    pressures::oxygen(
        chart,
        "oxygen-given",
        seen,
        "Encounter/ana-ankle-sprain",
        &calendar.ago(290, 18, 5),
        (99.0, 2.0, 28.0),
    );
}

/// What Ana tells about herself.
fn told(chart: &mut Chart<'_>, seen: &Seen) {
    screening::depression(chart, seen, "", [0, 1, 1, 1, 0, 0, 0, 0, 0]);
    let household = Household {
        hungry: false,
        people: 5,
        active_days: 5,
        hard_of_hearing: false,
    };
    screening::household(chart, seen, "", &household);
    social::wishes(chart, seen, &WISHES);
    social::pregnancy(chart, seen, "pregnancy-status", social::NOT_PREGNANT);
    social::pregnancy_intent(chart, seen, "pregnancy-intent", social::NO_CHILD_WANTED);
    let heterosexual = snomed("20430005", "Heterosexual");
    social::orientation(chart, seen, "orientation", heterosexual);
    let since = chart.calendar.day(3_000);
    let occupation = social::occupation(chart, seen, "occupation", &TEACHER, since);
    social::pack_years(chart, seen, "pack-years", 0.0);
    let living = Living {
        active_days: 5.0,
        household: 5.0,
        hard_of_hearing: false,
        function: "Independent in all activities",
        cognition: snomed("17326005", "Well in self"),
        behind: &occupation,
    };
    social::living(chart, seen, "", &living);
}

const TEACHER: Occupation = Occupation {
    work: ("2310", "Elementary and middle school teachers"),
    industry: ("7860", "Elementary and secondary schools"),
};

const WISHES: Wishes = Wishes {
    treatment: (
        "wish-treatment",
        "Wants every treatment that lets her return home.",
    ),
    treatment_choice: ("wish-ventilation", "Full treatment"),
    care: ("wish-language", "Explain results in Spanish to her mother."),
    care_choice: ("wish-visitors", "Family present at all times"),
};

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
    let vitamin = Code {
        system: crate::words::RXNORM,
        code: "316965",
        display: "cholecalciferol 1000 UNT",
    };
    let text = "1 tablet a day, bought without prescription";
    reported(chart, "vitamin-d", vitamin, text, seen);
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
