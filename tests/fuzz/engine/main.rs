//! The engine's door: which target is chosen by `FUZZ_TARGET`.
#![no_main]

#[path = "../targets.rs"]
mod targets;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<targets::Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let found = targets::TARGETS.iter().find(|(of, _)| *of == name);
    found
        .unwrap_or_else(|| panic!("FUZZ_TARGET names no target"))
        .1
});

fuzz_target!(|bytes: &[u8]| {
    TARGET(bytes);
});
