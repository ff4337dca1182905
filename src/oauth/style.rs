//! Our colours and sizes for apps opened from a chart (SMART App Launch 2.2, `smart_style_url`).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

/// Another version gets another address: apps keep what they read under this one.
pub const STYLE_PATH: &str = "/smart-style-1.json";

const STYLE: &str = r##"{
  "color_background": "#f7f3ec",
  "color_error": "#9c1f2e",
  "color_highlight": "#0f5c55",
  "color_modal_backdrop": "#1f2b2a",
  "color_success": "#22602f",
  "color_text": "#1f2b2a",
  "dim_border_radius": "10px",
  "dim_font_size": "16px",
  "dim_spacing_size": "16px",
  "font_family_body": "system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif",
  "font_family_heading": "system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
}
"##;

/// `GET /smart-style-1.json`
pub async fn style() -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    const LONG: HeaderValue = HeaderValue::from_static("public, max-age=86400");
    let headers = [(header::CONTENT_TYPE, JSON), (header::CACHE_CONTROL, LONG)];
    (headers, STYLE).into_response()
}
