//! Forms that carry files (RFC 7578), read whole: what a page of ours sends, and nothing cleverer.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::header;

use crate::csrf;
use crate::page::{self, Form};
use crate::{House, SignedIn};

/// Parts of one form, and bytes of a field that is no file.
const PARTS_MAX: usize = 64;
const FIELD_BYTES_MAX: usize = 16 * 1024;

/// A file somebody chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub field: String,
    pub name: String,
    pub bytes: Vec<u8>,
}

/// A form with files that a signed-in person sent from a page of ours.
#[derive(Debug)]
pub struct SignedUpload {
    pub person: SignedIn,
    pub form: Form,
    /// Those that hold anything.
    pub files: Vec<File>,
}

impl FromRequest<House> for SignedUpload {
    type Rejection = Response;
    /// Sends whoever is not signed in to the sign-in page, and refuses forms that are not ours.
    async fn from_request(request: Request, house: &House) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let person = SignedIn::from_request_parts(&mut parts, house).await?;
        let headers = parts.headers.clone();
        let kind = headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let boundary = boundary(kind).map(str::to_owned);
        let body = Bytes::from_request(Request::from_parts(parts, body), house)
            .await
            .map_err(IntoResponse::into_response)?;
        let (form, files) = match boundary {
            Some(boundary) => read(&body, &boundary).ok_or_else(page::stale_form)?,
            None => (Form::read(&body), Vec::new()),
        };
        let expected = &person.session.csrf;
        if !csrf::is_ours(&headers, &house.base_url, expected, form.get("csrf")) {
            return Err(page::stale_form());
        }
        Ok(Self {
            person,
            form,
            files,
        })
    }
}

/// The boundary a media type names.
fn boundary(kind: &str) -> Option<&str> {
    let (media, parameters) = kind.split_once(';')?;
    if !media.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters
        .split(';')
        .find_map(|one| one.trim().strip_prefix("boundary="))?;
    let boundary = boundary.trim_matches('"');
    (1..=70).contains(&boundary.len()).then_some(boundary)
}

/// Where a needle begins.
fn position(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len())
        .position(|window| window == needle)
}

/// Fields and files. `None` for what is no such form, or holds too much.
fn read(body: &[u8], boundary: &str) -> Option<(Form, Vec<File>)> {
    let first = format!("--{boundary}");
    let next = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(first.as_bytes())?;
    let (mut fields, mut files) = (Vec::new(), Vec::new());
    for _ in 0..PARTS_MAX {
        if rest.starts_with(b"--") {
            return Some((Form::of(fields), files));
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let head_end = position(rest, b"\r\n\r\n")?;
        let (head, tail) = rest.split_at(head_end);
        let content = tail.get(4..)?;
        let end = position(content, next.as_bytes())?;
        let (content, after) = content.split_at(end);
        rest = after.get(next.len()..)?;
        let head = std::str::from_utf8(head).ok()?;
        let field = parameter(head, "name")?;
        match parameter(head, "filename") {
            Some(_) if content.is_empty() => {}
            Some(name) => files.push(File {
                field,
                name,
                bytes: content.to_vec(),
            }),
            None if content.len() > FIELD_BYTES_MAX => return None,
            None => fields.push((field, String::from_utf8(content.to_vec()).ok()?)),
        }
    }
    None
}

/// A parameter of a part's Content-Disposition.
fn parameter(head: &str, name: &str) -> Option<String> {
    let line = head.lines().find(|line| {
        let start = line.get(..20).unwrap_or_default();
        start.eq_ignore_ascii_case("content-disposition:")
    })?;
    let wanted = format!("{name}=\"");
    // Behind a blank or semicolon, so that `name` is not found in `filename`.
    let at = line.match_indices(&wanted).find(|(at, _)| {
        let before = line.get(..*at).and_then(|it| it.chars().next_back());
        matches!(before, Some(' ' | ';'))
    })?;
    let value = line.get(at.0 + wanted.len()..)?;
    let end = value.find('"')?;
    value.get(..end).map(|value| value.replace("%22", "\""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const BODY: &[u8] = b"--xyz\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc\r\n\
        --xyz\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a.pdf\"\r\n\
        Content-Type: application/pdf\r\n\r\n%PDF-\r\n--xy\x00\r\n--xyz\r\n\
        Content-Disposition: form-data; name=\"document\"; filename=\"\"\r\n\r\n\r\n--xyz--\r\n";

    #[test]
    fn fields_and_files_are_told_apart_and_empty_files_are_none() {
        let (form, files) = read(BODY, "xyz").unwrap();
        assert_eq!(form.get("csrf"), "abc");
        assert_eq!(files.len(), 1);
        assert_eq!(
            (files[0].field.as_str(), files[0].name.as_str()),
            ("document", "a.pdf")
        );
        assert_eq!(files[0].bytes, b"%PDF-\r\n--xy\x00");
    }

    #[test]
    fn what_is_cut_off_or_no_form_is_refused() {
        for end in 0..BODY.len() - 4 {
            assert!(read(&BODY[..end], "xyz").is_none(), "{end}");
        }
        assert!(read(b"", "xyz").is_none());
        let many = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n".repeat(100);
        assert!(read(many.as_bytes(), "x").is_none());
    }

    #[test]
    fn a_boundary_is_read_with_or_without_quotes() {
        assert_eq!(boundary("multipart/form-data; boundary=abc"), Some("abc"));
        assert_eq!(
            boundary("multipart/form-data; boundary=\"a b\""),
            Some("a b")
        );
        assert_eq!(boundary("application/x-www-form-urlencoded"), None);
        assert_eq!(boundary("multipart/form-data; boundary="), None);
    }
}
