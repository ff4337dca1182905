//! The page that is printed with an activation code: it stands alone, with its style and its QR code in it.

use askama::Template;

/// What the page says.
#[derive(Debug, Template)]
#[template(path = "leaflet.html")]
pub struct Leaflet<'a> {
    pub practice: &'a str,
    /// The first name of whoever gets it.
    pub name: &'a str,
    pub code: &'a str,
    /// Where it is typed.
    pub address: &'a str,
    /// Until when it is good, as people say it.
    pub until: &'a str,
    /// An `svg` element that says the address with the code.
    pub qr: String,
}

impl Leaflet<'_> {
    /// The page; nothing where it cannot be made.
    pub fn html(&self) -> String {
        self.render().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_needs_nothing_from_elsewhere_and_shows_text_as_text() {
        let page = Leaflet {
            practice: "Riverbend <Health>",
            name: "Ivy",
            code: "K7QX-2M9P-AAAA-BBBB",
            address: "https://record.example/account/sign-up",
            until: "July 15, 2026",
            qr: "<svg></svg>".to_owned(),
        };
        let html = page.html();
        assert!(html.contains("K7QX-2M9P-AAAA-BBBB") && html.contains("<svg></svg>"));
        assert!(!html.contains("<Health>") && !html.contains("<script") && !html.contains("<link"));
    }
}
