//! Addresses a client may be registered with (RFC 8252 sections 7 and 8.4, RFC 9700 section 4.1).

use url::{Host, Url};

/// Longest address, in bytes.
pub const ADDRESS_BYTES_MAX: usize = 2_000;

/// Why an address cannot be a redirect URI; nothing when it can: `https`, `http` on a loopback
/// host, or a private-use scheme with a dot in its name.
pub fn fault(uri: &str) -> Option<String> {
    let url = match plain(uri) {
        Ok(url) => url,
        Err(why) => return Some(why),
    };
    let why = match url.scheme() {
        "https" if url.host().is_none() => "names no host",
        "https" => return None,
        "http" if is_loopback(&url) => return None,
        "http" => "must begin with https:// (http is for 127.0.0.1, [::1] and localhost only)",
        scheme if scheme.contains('.') => return None,
        _ => {
            "has a scheme of its own without a dot in it: take your domain backwards, such as com.example.app:/callback"
        }
    };
    Some(format!("{uri} {why}"))
}

/// Why an address cannot be one that people or this server open; nothing when it can: `https`, or
/// `http` on a loopback host.
pub fn page_fault(uri: &str) -> Option<String> {
    match plain(uri) {
        Ok(url) if url.scheme() == "https" && url.host().is_some() => None,
        Ok(url) if url.scheme() == "http" && is_loopback(&url) => None,
        Ok(_) => Some(format!("{uri} must begin with https://")),
        Err(why) => Some(why),
    }
}

fn plain(uri: &str) -> Result<Url, String> {
    if uri.len() > ADDRESS_BYTES_MAX {
        return Err(format!("an address has at most {ADDRESS_BYTES_MAX} bytes"));
    }
    if !uri.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("an address has only printable ASCII letters and no space".to_owned());
    }
    let url = Url::parse(uri).map_err(|_| format!("{uri} is no absolute address"))?;
    if uri.contains('#') {
        return Err(format!("{uri} must not have a fragment (#)"));
    }
    if uri.contains(['*', '\\', '<', '>', '"']) {
        return Err(format!(
            "{uri} must be the exact address, without wildcards"
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address must not carry a user name or password".to_owned());
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_loopback_and_private_schemes_may_be_registered() {
        for good in [
            "https://app.example/callback?a=b",
            "http://127.0.0.1:8765/callback",
            "http://localhost/cb",
            "http://[::1]:4567/custom/smart/redirect",
            "com.example.app:/callback",
            "org.example.health://callback",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in [
            "",
            "/callback",
            "http://app.example/callback",
            "http://127.0.0.1.evil.example/callback",
            "https://app.example/cb#x",
            "https://user@app.example/cb",
            "https://*.example/cb",
            "https://app.example/a b",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp:/callback",
        ] {
            assert!(fault(bad).is_some(), "{bad}");
        }
        assert!(fault(&format!("https://a.example/{}", "x".repeat(2_000))).is_some());
    }

    #[test]
    fn pages_are_https() {
        assert_eq!(page_fault("https://app.example/privacy"), None);
        assert_eq!(page_fault("http://127.0.0.1:9/jwks"), None);
        for bad in ["http://app.example", "com.example.app:/x", "app.example"] {
            assert!(page_fault(bad).is_some(), "{bad}");
        }
    }
}
