//! The apps that come with this server, as they are registered: served below `/apps/`, run by the organization.

use storage::clients::{Client, Kind};

/// What the portal may ask for.
const PORTAL: &str = "launch launch/patient launch/encounter openid fhirUser profile offline_access \
    online_access patient/*.cruds user/*.cruds";
const CLINIC: &str = "openid fhirUser profile offline_access online_access user/*.cruds";
const GROWTH: &str =
    "launch openid fhirUser online_access patient/Patient.rs patient/Observation.rs";

/// Patient portal, clinic workspace and the growth sample of a server at that address; `organization` is part of the
/// names people see.
pub fn own_apps(base_url: &str, organization: &str) -> [Client; 3] {
    let app = |id: &str, name: &str, scopes: &str| {
        let at = format!("{}/apps/{id}/", base_url.trim_end_matches('/'));
        let launch_uri = scopes.split(' ').any(|scope| scope == "launch");
        Client {
            first_party: true,
            redirect_uris: vec![at.clone(), format!("{at}index.html")],
            launch_uri: launch_uri.then_some(at),
            scopes: scopes.to_owned(),
            ..Client::new(id, format!("{organization} {name}"), Kind::Public)
        }
    };
    let portal = Client {
        launch_uri: None,
        ..app("portal", "patient portal", PORTAL)
    };
    let growth = Client {
        name: "Growth Charts (sample)".to_owned(),
        ..app("growth", "", GROWTH)
    };
    [portal, app("clinic", "clinic workspace", CLINIC), growth]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_back_to_its_own_place_and_only_the_sample_is_opened_from_a_chart() {
        let apps = own_apps("https://record.example/", "Riverbend");
        for app in &apps {
            let at = format!("https://record.example/apps/{}/", app.id);
            assert_eq!(app.redirect_uris.first(), Some(&at));
            assert!(app.first_party && app.kind == Kind::Public);
        }
        let launched: Vec<_> = apps.iter().filter(|it| it.launch_uri.is_some()).collect();
        assert_eq!(launched.len(), 1);
        assert_eq!(launched.first().map(|it| it.id.as_str()), Some("growth"));
    }
}
