//! What happens to every request, whatever its route; outermost last in [`crate::router`].

pub mod guard;
pub mod request_log;
