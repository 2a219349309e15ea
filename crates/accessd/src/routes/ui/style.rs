//! `GET /ui/style.css`: the one stylesheet of the pages.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

const STYLE: &str = include_str!("../../../templates/ui/style.css");

/// 200.
#[utoipa::path(
    get,
    path = "/ui/style.css",
    operation_id = "stylesheet",
    tag = "pages",
    summary = "The stylesheet of the pages",
    responses((status = 200, description = "The stylesheet", body = String, content_type = "text/css")),
    security(())
)]
pub async fn handle() -> Response {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, STYLE).into_response()
}
