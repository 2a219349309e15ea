//! access-core
