//! What a pack promises and asks beyond who sees what: clocks, notices, codes, terms, holds, and the
//! care a minor may consent to alone.

use serde::Deserialize;

/// How long things may take.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sla {
    /// Business days until a message is answered.
    pub message_business_days: u16,
    /// Business days until a support ticket is answered.
    pub support_business_days: u16,
    /// Business days until an account is deactivated on request.
    pub deactivation_business_days: u16,
    /// Business days until the privacy office has looked at what it must review.
    pub privacy_review_business_days: u16,
    /// Business days until a request to act for somebody is decided.
    pub proxy_business_days: u16,
    /// Business days until staff have found out who asks for an account.
    pub identity_business_days: u16,
    /// Days until a request for amendment is decided (45 CFR 164.526).
    pub amendment_days: u16,
    /// Days until a copy of the record is given (45 CFR 164.524).
    pub access_days: u16,
    /// Hours until a report to child protection that may be due has been considered (Conn. Gen. Stat. 17a-101b).
    pub child_report_hours: u16,
}

impl Default for Sla {
    fn default() -> Self {
        Self {
            message_business_days: 2,
            support_business_days: 3,
            deactivation_business_days: 1,
            privacy_review_business_days: 1,
            proxy_business_days: 3,
            identity_business_days: 2,
            amendment_days: 60,
            access_days: 30,
            child_report_hours: 12,
        }
    }
}

/// The support centre.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Support {
    /// Minutes a ticket opens one account to look at, unless it ends before.
    pub view_minutes: u16,
}

impl Default for Support {
    fn default() -> Self {
        Self { view_minutes: 30 }
    }
}

/// Mails about new information.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// Whether people get them who did not say.
    pub opt_in_default: bool,
    /// Shortest time between two of them, in minutes.
    pub digest_minutes: u16,
    /// Days after which somebody is reminded, once, of a message nobody opened; 0: never.
    pub reminder_days: u16,
}

impl Default for Notify {
    fn default() -> Self {
        Self {
            opt_in_default: false,
            digest_minutes: 60,
            reminder_days: 3,
        }
    }
}

/// What a person shows beside an activation code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    BirthDate,
    PostalCode,
}

/// Activation codes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Activation {
    pub factors: Vec<Factor>,
    /// Days a code handed out at a visit is good for.
    pub visit_days: u16,
    /// Hours a code sent by e-mail is good for.
    pub email_hours: u16,
    /// Wrong answers that burn a code.
    pub wrong_tries_max: u16,
    /// Whether a code may be asked for online.
    pub online_requests: bool,
}

impl Default for Activation {
    fn default() -> Self {
        Self {
            factors: vec![Factor::BirthDate, Factor::PostalCode],
            visit_days: 30,
            email_hours: 24,
            wrong_tries_max: 5,
            online_requests: true,
        }
    }
}

/// Versions of what people agree to; another version is asked for again.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Terms {
    pub portal: String,
    pub proxy: String,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            portal: "1".to_owned(),
            proxy: "1".to_owned(),
        }
    }
}

/// Clocks of acting for others.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProxyClocks {
    /// Days before a change of authority on which notice is given.
    pub notice_days: Vec<u16>,
    /// Longest time one attestation of diminished capacity carries, in months.
    pub diminished_capacity_months_max: u8,
    /// Days an invitation waits for an answer.
    pub invitation_days: u16,
}

impl Default for ProxyClocks {
    fn default() -> Self {
        Self {
            notice_days: vec![90, 30, 7],
            diminished_capacity_months_max: 12,
            invitation_days: 30,
        }
    }
}

/// Lawful holds of a release (45 CFR 171.201, 171.202).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Holds {
    /// Codes of what may be a reason; "not reviewed yet" never is one.
    pub reasons: Vec<String>,
    /// Longest hold for harm or law, in days.
    pub days_max: u16,
    /// Longest wait a patient may choose for their own results, in days.
    pub preference_days_max: u16,
}

impl Default for Holds {
    fn default() -> Self {
        Self {
            reasons: ["harm", "patient-preference", "law"]
                .map(str::to_owned)
                .to_vec(),
            days_max: 90,
            preference_days_max: 30,
        }
    }
}

/// A kind of care a minor may consent to without a parent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MinorConsent {
    /// The value of the consent-basis extension: `minor:19a-216`.
    pub basis: String,
    /// In plain words, for clinicians who choose it.
    pub title: String,
    /// Sensitivity labels such care carries.
    pub labels: Vec<String>,
    /// v3-Confidentiality such care has at least.
    pub confidentiality: String,
    /// A report to child protection is to be considered up to this age, in years.
    #[serde(default)]
    pub report_age_max: Option<u8>,
    /// The law it rests on.
    pub citation: String,
}
