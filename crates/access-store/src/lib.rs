//! access-store
