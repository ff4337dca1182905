//! Settings: read once, checked once, passed by value.
pub mod brand;
pub mod cds;
pub mod clock;
pub mod encryption;
pub mod identity_provider;
pub mod limits;
pub mod network;
pub mod settings;
pub mod sign_in;
pub mod udap;
pub use brand::{Address, Brand};
pub use cds::CdsClient;
pub use clock::Clock;
pub use identity_provider::IdentityProvider;
pub use network::Network;
pub use settings::{Database, Flags, Settings, SettingsError, Tls, Validation};
pub use sign_in::SignIn;
pub use udap::Udap;
