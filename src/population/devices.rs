//! Implants, with what their label says.

use crate::chart::Chart;
use crate::seen::Seen;
use crate::words::{Code, to, us_core, wobble};
use jiff::{ToSpan, civil::Date};
use serde_json::json;

/// The device put in on a day.
pub fn implant(chart: &mut Chart<'_>, seen: &Seen, slug: &str, date: Date, kind: Code, name: &str) {
    let id = chart.id(&format!("device-{slug}"));
    let share = (wobble(&id) + 1.0) / 2.0;
    let serial = 10_000 + (share * 89_000.0) as u32;
    let lot = format!("L{:04}", (share * 9_000.0) as u32 + 1_000);
    let made = date.saturating_sub(200.days());
    let expires = date.saturating_add(4.years());
    let compact = |date: Date| date.strftime("%y%m%d").to_string();
    let item = "00851859004081";
    let label = format!(
        "(01){item}(11){}(17){}(10){lot}(21){serial}",
        compact(made),
        compact(expires)
    );
    let resource = json!({
        "resourceType": "Device", "id": id,
        "meta": {"profile": [us_core("us-core-implantable-device")]},
        "udiCarrier": [{"deviceIdentifier": item,
            "issuer": "http://hl7.org/fhir/NamingSystem/gs1-di", "carrierHRF": label}],
        "status": "active", "distinctIdentifier": format!("A9999XYZ{serial}"),
        "manufacturer": "Riverstone Medical", "manufactureDate": made.to_string(),
        "expirationDate": expires.to_string(), "lotNumber": lot,
        "serialNumber": serial.to_string(),
        "deviceName": [{"name": name, "type": "user-friendly-name"}],
        "type": kind.concept(), "patient": chart.subject(),
        "owner": to(chart.home.organization)
    });
    chart.add(resource, &seen.practitioner, &seen.end);
}
