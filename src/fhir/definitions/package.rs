//! FHIR npm packages: the JSON files inside a `.tgz`.

use std::io::{self, Read};

/// The largest file read from a package, in bytes.
const FILE_MAX: u64 = 64 << 20;
const BLOCK: usize = 512;

/// Every `package/*.json` of a gzipped tar archive, by file name, sorted.
///
/// Errors: the archive is damaged, or holds a file above 64 MiB or that is not UTF-8.
pub fn files(archive: impl Read) -> io::Result<Vec<(String, String)>> {
    let mut archive = flate2::read::GzDecoder::new(archive);
    let mut found = Vec::new();
    let mut header = [0u8; BLOCK];
    while let Some(entry) = next(&mut archive, &mut header)? {
        let mut body = Vec::new();
        (&mut archive).take(entry.size).read_to_end(&mut body)?;
        if body.len() as u64 != entry.size {
            return Err(damaged("the archive ends inside a file"));
        }
        let padding = (BLOCK as u64 - entry.size % BLOCK as u64) % BLOCK as u64;
        io::copy(&mut (&mut archive).take(padding), &mut io::sink())?;
        let name = entry.name.strip_prefix("package/").unwrap_or_default();
        if name.ends_with(".json") && !name.contains('/') && !name.starts_with('.') {
            let text = String::from_utf8(body).map_err(|_| damaged("a file is not UTF-8"))?;
            found.push((name.to_owned(), text));
        }
    }
    found.sort();
    Ok(found)
}

struct Entry {
    name: String,
    size: u64,
}

/// Reads the next tar header; `None` at the end mark.
fn next(archive: &mut impl Read, header: &mut [u8; BLOCK]) -> io::Result<Option<Entry>> {
    archive.read_exact(header)?;
    if header.iter().all(|&byte| byte == 0) {
        return Ok(None);
    }
    let field = |from: usize, len: usize| {
        let bytes = header.get(from..from + len).unwrap_or_default();
        let text = String::from_utf8_lossy(bytes);
        text.split('\0')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let size = u64::from_str_radix(&field(124, 12), 8).map_err(|_| damaged("bad file size"))?;
    if size > FILE_MAX {
        return Err(damaged("a file is larger than 64 MiB"));
    }
    let prefix = field(345, 155);
    let name = match prefix.as_str() {
        "" => field(0, 100),
        prefix => format!("{prefix}/{}", field(0, 100)),
    };
    Ok(Some(Entry { name, size }))
}

fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Write;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = Vec::new();
        for (name, body) in files {
            let mut header = [0u8; BLOCK];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[124..135].copy_from_slice(format!("{:011o}", body.len()).as_bytes());
            tar.extend(header);
            tar.extend(*body);
            tar.resize(tar.len().next_multiple_of(BLOCK), 0);
        }
        tar.extend([0u8; 2 * BLOCK]);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&tar).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn json_files_of_the_package_folder_are_read_in_order() {
        let packed = archive(&[
            ("package/b.json", b"{}"),
            ("package/other/x.json", b"{}"),
            ("package/readme.md", b"hello"),
            ("package/a.json", &[b'1'; 700]),
        ]);
        let found = files(&packed[..]).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].0.as_str(), found[0].1.len()), ("a.json", 700));
        assert_eq!(found[1], ("b.json".into(), "{}".into()));
    }

    #[test]
    fn a_damaged_archive_is_an_error() {
        assert!(files(&b"not gzip"[..]).is_err());
        let packed = archive(&[("package/a.json", &[b'1'; 700])]);
        assert!(files(&packed[..packed.len() / 2]).is_err());
    }
}
