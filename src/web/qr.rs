//! QR codes, drawn into the page itself: what they say is in no address and no cache.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around the code (ISO/IEC 18004 asks for four).
const MARGIN: i32 = 4;

/// An `svg` element showing a text; `None` when the text is too long for a code.
pub fn svg(text: &str, label: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let whole = size + 2 * MARGIN;
    let mut path = String::new();
    for y in 0..size {
        for x in (0..size).filter(|x| code.get_module(*x, y)) {
            let _ = write!(path, "M{} {}h1v1h-1z", x + MARGIN, y + MARGIN);
        }
    }
    let label = label
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    Some(format!(
        "<svg class=\"qr\" viewBox=\"0 0 {whole} {whole}\" role=\"img\" aria-label=\"{label}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{whole}v{whole}h-{whole}z\"/>\
         <path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_code_is_drawn_without_style_or_script() {
        let svg = svg("otpauth://totp/Kinchart:ana?secret=MZXW6", "a \"code\"").unwrap();
        assert!(
            svg.starts_with("<svg class=\"qr\" viewBox=\"0 0 37 37\""),
            "{svg}"
        );
        assert!(svg.contains("aria-label=\"a &quot;code&quot;\""));
        assert!(!svg.contains("style=") && !svg.contains("otpauth"));
        assert!(super::svg(&"x".repeat(5_000), "").is_none());
    }
}
