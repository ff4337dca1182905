//! Where a request comes from, as far as signing in cares: which network, which browser.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use config::Network;
use http::request::Parts;
use http::{HeaderMap, header};

use crate::{House, session};

const FORWARDED: &str = "x-forwarded-for";

/// The browser and the network behind a request.
#[derive(Debug, Clone, Default)]
pub struct Visit {
    /// What tries are counted by: an IPv4 address, or the /64 an IPv6 address lies in.
    pub counted: String,
    /// The network, shortened so that it names no house: for the person to recognise.
    pub source: String,
    /// The browser in a few words: `Firefox on Windows`.
    pub agent: String,
    /// The value of the cookie by which the browser is known again.
    pub device: Option<String>,
}

impl FromRequestParts<House> for Visit {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(address)| address.ip());
        let from = peer.map(|peer| speaker(peer, &parts.headers, &house.sign_in.trusted_proxies));
        let agent = parts.headers.get(header::USER_AGENT);
        Ok(Self {
            counted: from.map(counted).unwrap_or_default(),
            source: from.map(shortened).unwrap_or_default(),
            agent: summary(agent.and_then(|v| v.to_str().ok()).unwrap_or_default()),
            device: session::device_cookie(&parts.headers, house),
        })
    }
}

/// Who speaks: the peer itself, or whom proxies of ours say they speak for. What stands before the
/// first address that is no proxy of ours was written by a stranger and counts for nothing.
fn speaker(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> IpAddr {
    let ours = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    let mut speaker = peer;
    let lines = headers.get_all(FORWARDED).iter().rev();
    let said = lines.filter_map(|line| line.to_str().ok());
    for text in said.flat_map(|line| line.rsplit(',')) {
        if !ours(speaker) {
            break;
        }
        match text.trim().parse() {
            Ok(address) => speaker = address,
            Err(_) => break,
        }
    }
    speaker.to_canonical()
}

/// One household or one machine rents a whole /64 of IPv6.
fn counted(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).to_string(),
    }
}

fn shortened(address: IpAddr) -> String {
    if address.is_loopback() {
        return "this computer".to_owned();
    }
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("network {a}.{b}.{c}.…")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("network {a:x}:{b:x}:{c:x}:…")
        }
    }
}

/// Programs and systems as they name themselves, the telling ones first.
const PROGRAMS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

/// A browser in words of ours only: nothing a stranger wrote is shown to anybody.
fn summary(agent: &str) -> String {
    let known = |table: &[(&str, &'static str)]| {
        let mut table = table.iter();
        table
            .find(|(mark, _)| agent.contains(mark))
            .map(|(_, name)| *name)
    };
    match (known(PROGRAMS), known(SYSTEMS)) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "an unknown program".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use http::HeaderValue;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_proxy_is_believed_only_if_it_is_ours_and_only_about_its_own_peer() {
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        let said = HeaderValue::from_static("198.51.100.1, 203.0.113.9, 10.0.0.2");
        headers.insert(FORWARDED, said);
        let from = |peer| speaker(ip(peer), &headers, &proxies);
        assert_eq!(from("10.0.0.1"), ip("203.0.113.9"));
        assert_eq!(from("192.0.2.1"), ip("192.0.2.1"));
        headers.insert(FORWARDED, HeaderValue::from_static("not an address"));
        assert_eq!(speaker(ip("10.0.0.1"), &headers, &proxies), ip("10.0.0.1"));
    }

    #[test]
    fn a_source_is_counted_by_its_house_and_shown_without_it() {
        assert_eq!(counted(ip("203.0.113.9")), "203.0.113.9");
        assert_eq!(counted(ip("2001:db8:1:2:3::4")), "2001:db8:1:2::");
        assert_eq!(shortened(ip("203.0.113.9")), "network 203.0.113.…");
        assert_eq!(shortened(ip("2001:db8:1:2:3::4")), "network 2001:db8:1:…");
    }

    #[test]
    fn a_browser_is_named_in_our_words() {
        let firefox =
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0";
        assert_eq!(summary(firefox), "Firefox on Windows");
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
                      (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
        assert_eq!(summary(safari), "Safari on iPhone");
        assert_eq!(summary("<script>"), "an unknown program");
    }
}
