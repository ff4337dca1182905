//! Compact rows as AuditEvent resources.
