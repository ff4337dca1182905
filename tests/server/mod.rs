//! The server around the handlers: headers, probes, the demo's doors, and the process itself.

mod demo_doors;
mod front;
mod headers;
mod maintenance;
mod process;
