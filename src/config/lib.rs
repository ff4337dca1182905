//! Settings: read once, checked once, passed by value.
pub mod clock;
pub mod limits;
pub mod settings;
pub use clock::Clock;
pub use settings::{Database, Flags, Settings, SettingsError, Tls, Validation};
