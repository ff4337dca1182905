//! Who somebody is: name, birth, address, and the Patient resource made of it.

use crate::calendar::{Birth, Calendar};
use crate::chart::Whose;
use crate::places::{GENERAL_PRACTITIONER_ADULT, GENERAL_PRACTITIONER_CHILD, HOME};
use crate::words::Code;
use population::registration::{self, Registration};
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
    pub fn name(&self) -> Value {
        json!({"use": "official", "family": self.family, "given": self.given})
    }

    /// The Patient resource.
    pub fn patient(&self, calendar: &Calendar) -> Value {
        let omb = |code, display| Code {
            system: "urn:oid:2.16.840.1.113883.6.238",
            code,
            display,
        };
        let registration = Registration {
            id: self.id,
            record_number: &self.record_number(),
            given: self.given.clone(),
            family: self.family,
            suffix: None,
            female: self.female(),
            birth_date: calendar.birth_date(self.birth).to_string(),
            street: self.street,
            city: self.city,
            postal_code: self.postal_code,
            phone: self.phone,
            email: self.email,
            race: match self.race {
                Race::White => omb("2106-3", "White"),
                Race::Black => omb("2054-5", "Black or African American"),
                Race::Asian => omb("2028-9", "Asian"),
                Race::Other => omb("2131-1", "Other Race"),
            },
            hispanic: self.hispanic,
            detail: None,
            language: match self.language {
                "es" => ("es", "Spanish"),
                other => (other, "English"),
            },
            general_practitioner: if calendar.age(self.birth) < 18 {
                GENERAL_PRACTITIONER_CHILD
            } else {
                GENERAL_PRACTITIONER_ADULT
            },
            died: self.died_days_ago.map(|days| calendar.ago(days, 4, 40)),
        };
        registration::patient(&registration, &HOME)
    }

    /// Medical record number: stable, made of the id.
    pub fn record_number(&self) -> String {
        let number = self
            .id
            .bytes()
            .fold(7u32, |sum, byte| (sum * 31 + u32::from(byte)) % 900_000);
        format!("RB{:06}", number + 100_000)
    }
}
