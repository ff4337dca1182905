//! A file of leaked passwords: SHA-1 in hexadecimal, one a line, sorted, as the public lists come
//! (what follows a colon is a count). It may be far larger than memory.

use std::fs::File;
use std::io::{BufRead, BufReader, Result, Seek, SeekFrom};
use std::path::Path;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// Digits of a SHA-1.
const DIGITS: usize = 40;
/// Below this many bytes lines are read one after the other.
const NEAR_BYTES: u64 = 4_096;
/// Longest line looked at, in bytes.
const LINE_BYTES_MAX: u64 = 256;

/// Whether the file names the password.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn knows(path: &Path, password: &str) -> Result<bool> {
    use std::fmt::Write as _;
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    let mut wanted = String::with_capacity(DIGITS);
    for byte in hash.as_ref() {
        let _ = write!(wanted, "{byte:02X}");
    }
    let file = File::open(path)?;
    let mut end = file.metadata()?.len();
    let mut file = BufReader::new(file);
    let mut start = 0;
    while end - start > NEAR_BYTES {
        let middle = start + (end - start) / 2;
        match line_after(&mut file, middle)? {
            Some(found) if found.as_str() < wanted.as_str() => start = middle,
            _ => end = middle,
        }
    }
    // The line that begins before `end` may reach beyond it.
    file.seek(SeekFrom::Start(start))?;
    let mut left = end - start + LINE_BYTES_MAX;
    while left > 0 {
        let Some((found, length)) = line(&mut file)? else {
            return Ok(false);
        };
        if found == wanted {
            return Ok(true);
        }
        left = left.saturating_sub(length);
    }
    Ok(false)
}

/// The first whole line that begins after a place.
fn line_after(file: &mut BufReader<File>, place: u64) -> Result<Option<String>> {
    file.seek(SeekFrom::Start(place))?;
    if line(file)?.is_none() {
        return Ok(None);
    }
    Ok(line(file)?.map(|(found, _)| found))
}

/// The hash of the next line, and the bytes of the line; `None` at the end.
fn line(file: &mut BufReader<File>) -> Result<Option<(String, u64)>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let mut limited = file.by_ref().take(LINE_BYTES_MAX);
    let length = limited.read_until(b'\n', &mut bytes)?;
    if length == 0 {
        return Ok(None);
    }
    let hash = bytes
        .iter()
        .take(DIGITS)
        .map(|b| char::from(b.to_ascii_uppercase()));
    Ok(Some((hash.collect(), u64::try_from(length).unwrap_or(0))))
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::PathBuf;

    /// A sorted file of these passwords' hashes among many others.
    pub fn file(passwords: &[&str]) -> PathBuf {
        let others = (0..2_000).map(|n| format!("other password {n}"));
        let all = others.chain(passwords.iter().map(|&p| p.to_owned()));
        let mut lines: Vec<String> = all
            .map(|password| {
                let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
                let hash: String = hash.as_ref().iter().map(|b| format!("{b:02X}")).collect();
                format!("{hash}:{}", password.len())
            })
            .collect();
        lines.sort();
        let name = format!("kinchart-leaked-{}-{}", std::process::id(), passwords.len());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, lines.join("\r\n") + "\r\n").unwrap();
        path
    }

    #[test]
    fn each_line_of_a_long_file_is_found_and_nothing_else() {
        let path = file(&["one"]);
        assert!(knows(&path, "one").unwrap());
        for n in 0..2_000 {
            assert!(knows(&path, &format!("other password {n}")).unwrap(), "{n}");
            assert!(
                !knows(&path, &format!("better password {n}")).unwrap(),
                "{n}"
            );
        }
        let empty =
            std::env::temp_dir().join(format!("kinchart-leaked-none-{}", std::process::id()));
        std::fs::write(&empty, "").unwrap();
        assert!(!knows(&empty, "one").unwrap());
    }
}
