//! Who somebody is: name, birth, address, and the Patient resource made of it.

use crate::calendar::{Birth, Calendar};
use crate::chart::Whose;
use crate::places::{GENERAL_PRACTITIONER_ADULT, GENERAL_PRACTITIONER_CHILD, ORGANIZATION};
use crate::words::{coded, snomed, to, us_core};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Gender {
    Female,
    Male,
}

/// OMB race category with its display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Race {
    White,
    Black,
    Asian,
    Other,
}

/// A person with a chart.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Patient id.
    pub id: &'static str,
    pub given: Vec<&'static str>,
    pub family: &'static str,
    pub gender: Gender,
    pub birth: Birth,
    pub street: &'static str,
    pub city: &'static str,
    pub postal_code: &'static str,
    pub phone: &'static str,
    /// None for small children.
    pub email: Option<&'static str>,
    pub race: Race,
    pub hispanic: bool,
    /// BCP 47
    pub language: &'static str,
    /// Died that many days before the reference instant.
    pub died_days_ago: Option<i64>,
    /// Taller or heavier than the median, in tenths of the usual spread.
    pub tall: f64,
    pub heavy: f64,
}

impl Member {
    /// What every resource of the chart needs to know of this person.
    pub fn whose(&self, calendar: &Calendar) -> Whose {
        Whose {
            id: self.id.to_owned(),
            name: self.full_name(),
            birth: calendar.birth_date(self.birth),
            female: self.female(),
            died: self.died_days_ago.map(|days| calendar.day(days)),
            tall: self.tall / 10.0,
            heavy: self.heavy / 8.0,
        }
    }
    pub fn full_name(&self) -> String {
        format!("{} {}", self.given.first().unwrap_or(&""), self.family)
    }
    pub fn female(&self) -> bool {
        self.gender == Gender::Female
    }
    pub fn address(&self) -> Value {
        json!({"use": "home", "type": "both", "line": [self.street], "city": self.city, "state": "CT",
            "postalCode": self.postal_code, "country": "US"})
    }
    pub fn telecom(&self) -> Value {
        let mut telecom = vec![json!({"system": "phone", "value": self.phone, "use": "mobile"})];
        if let Some(email) = self.email {
            telecom.push(json!({"system": "email", "value": email, "use": "home"}));
        }
        Value::Array(telecom)
    }
    pub fn name(&self) -> Value {
        json!({"use": "official", "family": self.family, "given": self.given})
    }

    /// The Patient resource.
    pub fn patient(&self, calendar: &Calendar) -> Value {
        let child = calendar.age(self.birth) < 18;
        let mut patient = json!({
            "resourceType": "Patient",
            "id": self.id,
            "meta": {"profile": [us_core("us-core-patient")]},
            "extension": self.extensions(),
            "identifier": [{
                "use": "usual",
                "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203",
                    "code": "MR", "display": "Medical record number"}]},
                "system": "https://riverbend.example/mrn",
                "value": self.record_number()
            }],
            "active": true,
            "name": [self.name()],
            "telecom": self.telecom(),
            "gender": if self.female() { "female" } else { "male" },
            "birthDate": calendar.birth_date(self.birth).to_string(),
            "address": [self.address()],
            "communication": [{"language": coded("urn:ietf:bcp:47", self.language,
                if self.language == "es" { "Spanish" } else { "English" }), "preferred": true}],
            "generalPractitioner": [to(if child { GENERAL_PRACTITIONER_CHILD }
                else { GENERAL_PRACTITIONER_ADULT })],
            "managingOrganization": to(ORGANIZATION)
        });
        if let (Some(days), Some(map)) = (self.died_days_ago, patient.as_object_mut()) {
            map.insert("deceasedDateTime".into(), json!(calendar.ago(days, 4, 40)));
        }
        patient
    }

    /// Medical record number: stable, made of the id.
    pub fn record_number(&self) -> String {
        let number = self
            .id
            .bytes()
            .fold(7u32, |sum, byte| (sum * 31 + u32::from(byte)) % 900_000);
        format!("RB{:06}", number + 100_000)
    }

    fn extensions(&self) -> Value {
        let omb = "urn:oid:2.16.840.1.113883.6.238";
        let (race, race_display) = match self.race {
            Race::White => ("2106-3", "White"),
            Race::Black => ("2054-5", "Black or African American"),
            Race::Asian => ("2028-9", "Asian"),
            Race::Other => ("2131-1", "Other Race"),
        };
        let (ethnicity, ethnicity_display) = if self.hispanic {
            ("2135-2", "Hispanic or Latino")
        } else {
            ("2186-5", "Not Hispanic or Latino")
        };
        let sex = if self.female() {
            ("248152002", "F")
        } else {
            ("248153007", "M")
        };
        json!([
            {"url": us_core("us-core-race"), "extension": [
                {"url": "ombCategory", "valueCoding":
                    {"system": omb, "code": race, "display": race_display}},
                {"url": "text", "valueString": race_display}]},
            {"url": us_core("us-core-ethnicity"), "extension": [
                {"url": "ombCategory", "valueCoding":
                    {"system": omb, "code": ethnicity, "display": ethnicity_display}},
                {"url": "text", "valueString": ethnicity_display}]},
            {"url": us_core("us-core-sex"), "valueCode": sex.0},
            {"url": us_core("us-core-birthsex"), "valueCode": sex.1},
            {"url": us_core("us-core-interpreter-needed"), "valueCoding": if self.language == "en" {
                snomed("373067005", "No").coding()
            } else {
                snomed("373066001", "Yes").coding()
            }}
        ])
    }
}
