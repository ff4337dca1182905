//! The R4 definitions, compiled into tables in `profiles/r4` and embedded at build time.
