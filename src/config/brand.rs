//! The `[brand]` part of the settings: by what name and looks apps show this organization to people.

use std::path::PathBuf;

use serde::Deserialize;

use crate::terms::Terms;

/// The keys as they stand in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct BrandFile {
    name: Option<String>,
    aliases: Vec<String>,
    website: Option<String>,
    logo: Option<String>,
    portal_name: Option<String>,
    portal_url: Option<String>,
    description: Option<String>,
    developer_contact: Option<String>,
    payment_page: Option<String>,
    address: Option<Address>,
    terms: Option<PathBuf>,
}

/// Where the organization is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Address {
    pub line: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
}

/// The organization as apps show it. What is not set follows from the address of the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brand {
    pub name: Option<String>,
    pub aliases: Vec<String>,
    /// The organization's own site, by which the brand is known everywhere.
    pub website: Option<String>,
    pub logo: Option<String>,
    pub portal_name: Option<String>,
    pub portal_url: Option<String>,
    pub description: Option<String>,
    /// A page or `mailto:` for developers.
    pub developer_contact: Option<String>,
    /// Where bills are paid online: a page of whoever takes the payments.
    pub payment_page: Option<String>,
    pub address: Option<Address>,
    /// The organization's own terms; none: the shipped ones.
    pub terms: Terms,
}

impl Brand {
    /// Checks what the file says.
    pub(crate) fn of(file: BrandFile) -> Result<Self, String> {
        for (key, url) in [
            ("website", &file.website),
            ("logo", &file.logo),
            ("portal-url", &file.portal_url),
        ] {
            check(key, url.as_deref(), &["https", "http"])?;
        }
        check("payment-page", file.payment_page.as_deref(), &["https"])?;
        let contact = file.developer_contact.as_deref();
        check("developer-contact", contact, &["https", "http", "mailto"])?;
        let blank = |text: &String| text.trim().is_empty();
        if file.name.as_ref().is_some_and(blank) || file.aliases.iter().any(blank) {
            return Err("brand.name and brand.aliases are not empty".to_owned());
        }
        Ok(Self {
            name: file.name,
            aliases: file.aliases,
            website: file.website,
            logo: file.logo,
            portal_name: file.portal_name,
            portal_url: file.portal_url,
            description: file.description,
            developer_contact: file.developer_contact,
            payment_page: file.payment_page,
            address: file.address,
            terms: match &file.terms {
                Some(folder) => Terms::read(folder)?,
                None => Terms::default(),
            },
        })
    }
}

fn check(key: &str, url: Option<&str>, schemes: &[&str]) -> Result<(), String> {
    let good = |text: &str| url::Url::parse(text).is_ok_and(|url| schemes.contains(&url.scheme()));
    match url {
        Some(text) if !good(text) => Err(format!(
            "brand.{key}: {text} is no address that begins with {}",
            schemes.join(": or ")
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<Brand, String> {
        Brand::of(toml::from_str(text).unwrap())
    }

    #[test]
    fn a_brand_is_checked() {
        let brand = read(
            "name = \"Clinic\"\nwebsite = \"https://clinic.example\"\n[address]\ncity = \"Town\"",
        );
        let brand = brand.unwrap();
        assert_eq!(brand.address.unwrap().city.as_deref(), Some("Town"));
        assert!(
            read("logo = \"logo.png\"")
                .unwrap_err()
                .contains("brand.logo")
        );
        assert!(read("name = \" \"").is_err());
        assert_eq!(read("").unwrap(), Brand::default());
    }
}
