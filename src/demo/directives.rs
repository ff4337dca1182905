//! What Ana's registration remembers of earlier years.

use population::registration::{former_address, former_name, tribe};
use serde_json::{Value, json};

/// Names and addresses of earlier years, and her father's people.
pub fn remember(patient: &mut Value, moved: &str) {
    if let Some(name) = patient
        .pointer_mut("/name/0")
        .and_then(Value::as_object_mut)
    {
        name.insert("suffix".into(), json!(["MEd"]));
    }
    former_name(patient, "Morales", &["Ana", "Lucia"], "2002-09-01", moved);
    former_address(patient, "Hartford", "06106", "2002-09-01", moved);
    let people = "Paiute-Shoshone Tribe of the Fallon Reservation and Colony, Nevada";
    tribe(
        patient,
        "187",
        people,
        "Shoshone, through her father",
        false,
    );
}
