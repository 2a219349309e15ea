//! Paths that the wire has and this service does not: each says so and why, to whoever the wire would let in.

pub mod aws;
pub mod invite;
pub mod pairing;

use crate::errors::ApiError;
use access_core::{AccessError, Principal};
use utoipa::OpenApi;

#[derive(Debug, OpenApi)]
#[openapi(paths(
    aws::token,
    aws::put_role,
    aws::read_role,
    aws::delete_role,
    invite::handle,
    pairing::handle
))]
pub(crate) struct Description;

/// 501 for administrators, 403 for others.
fn for_administrators(caller: &Principal, why: &'static str) -> ApiError {
    match caller.is_admin() {
        true => ApiError::NotImplemented(why),
        false => AccessError::Forbidden("this takes administrator rights".to_owned()).into(),
    }
}
