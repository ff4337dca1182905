//! `kinchart policy key` and `sign`: who stands for a collection of packs.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use access::Pack;
use access::pack;
use config::Clock;

use super::{Outcome, read, write};
use crate::policy::signature_path;

/// Writes a new key pair. Errors: a file that is there already or cannot be written.
pub fn make_key(file: &Path) -> Outcome {
    let (private, public) = smart::jwk::generate_p256().map_err(|error| error.to_string())?;
    let mut beside = file.as_os_str().to_owned();
    beside.push(".pub");
    let beside = PathBuf::from(beside);
    create(file, &private, 0o600)?;
    create(&beside, &public, 0o644)?;
    write(&format!(
        "Private key: {}\nPublic key: {}, for --policy-key\n",
        file.display(),
        beside.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn create(path: &Path, text: &str, mode: u32) -> Result<(), String> {
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path);
    opened
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Signs a collection all of whose packs are good. Errors: a fault of the packs or of the key.
pub fn sign(file: &Path, key: &Path, signed_by: &str) -> Outcome {
    let text = read(file)?;
    for name in Pack::names(&text).map_err(|error| error.to_string())? {
        Pack::from_json(&text, &name).map_err(|error| error.to_string())?;
    }
    let key = read(key)?;
    let today = Clock::real().now().to_zoned(jiff::tz::TimeZone::system());
    let signature = pack::sign(&text, signed_by, today.date(), key.as_bytes())
        .map_err(|error| error.to_string())?;
    let beside = signature_path(file);
    std::fs::write(&beside, signature + "\n")
        .map_err(|error| format!("cannot write {}: {error}", beside.display()))?;
    write(&format!("{} is signed by {signed_by}\n", file.display()))?;
    Ok(ExitCode::SUCCESS)
}
