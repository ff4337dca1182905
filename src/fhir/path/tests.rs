//! The engine against its table.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::Document;

const PATIENT: &str = r##"{"resourceType":"Patient","id":"p","active":true,
    "name":[{"use":"official","family":"Chalmers","given":["Peter","James"]},{"given":["Jim"]}],
    "birthDate":"1974-12-25","_birthDate":{"extension":[{"url":"http://x/t","valueDateTime":"1974-12-25T14:35:45-05:00"}]},
    "deceasedBoolean":false,"gender":"male","multipleBirthInteger":2,
    "contained":[{"resourceType":"Organization","id":"o","name":"Org"}],"managingOrganization":{"reference":"#o"}}"##;

#[test]
fn first_light() {
    let document = Document::parse(PATIENT).unwrap();
    let scene = Scene::of(document.root());
    let check = |text: &str, expected: &str| {
        let expression = Expression::parse(text).unwrap_or_else(|f| panic!("{text}: {f}"));
        let found = expression
            .evaluate(&[Item::resource(document.root())], &scene)
            .unwrap_or_else(|f| panic!("{text}: {f}"));
        let shown: Vec<String> = found
            .iter()
            .map(|item| match item.value() {
                Some(value) => value.to_text().into_owned(),
                None => item.location().unwrap_or_default(),
            })
            .collect();
        assert_eq!(shown.join(", "), expected, "{text}");
    };
    check("name.given", "Peter, James, Jim");
    check("Patient.name[1]", "Patient.name[1]");
    check("deceased", "false");
    check("multipleBirth + 2", "4");
    check("name.exists() or telecom.exists()", "true");
    check("name.where(use = 'official').given.first()", "Peter");
    check(
        "birthDate.extension('http://x/t').value",
        "1974-12-25T14:35:45-05:00",
    );
    check("managingOrganization.resolve().name", "Org");
    check("birthDate > @1974-12-24", "true");
    check("1 + 2 * 3", "7");
    check("descendants().count()", "21");
}
