//! Compiled searches: one file per value type, all starting from the visible set.
