//! Doors to what reads requests, for the fuzz targets in `fuzz/`. Each takes any input and must return; what it has
//! read must mean what was sent, and no more.

use crate::body::RequestBody;
use crate::errors::Shape;
use crate::query::Query;
use crate::routes::accessd_tokens::list;
use crate::{credentials, paths};
use access_core::{Credential, LONGEST_PAGE};
use access_types::scope::{Actions, Scope, ScopePart, SystemArea};
use access_types::{FieldError, TokenRequest, limits, quoting};
use axum::body::Body;
use axum::extract::{FromRequest as _, FromRequestParts as _, Request};
use axum::http::request::Parts;
use futures_util::FutureExt as _;
use percent_encoding::percent_decode_str;
use secrecy::ExposeSecret as _;
use std::sync::LazyLock;
use tokio::runtime::Runtime;

/// Reads the body of a create request: as JSON if its first byte is even, else as a form.
pub fn create_body(bytes: &[u8]) {
    // Bodies have a time limit, so they need a clock.
    static RUNTIME: LazyLock<Option<Runtime>> =
        LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_time().build().ok());
    let (Some((kind, body)), Some(runtime)) = (bytes.split_first(), RUNTIME.as_ref()) else { return };
    let content_type = if kind % 2 == 0 { "application/json" } else { "application/x-www-form-urlencoded" };
    let request = Request::builder().header("content-type", content_type).body(Body::from(body.to_vec()));
    let Ok(request) = request else { return };
    let Ok(body) = runtime.block_on(RequestBody::from_request(request, &())) else { return };
    let _ = body.fields().map(|mut fields| (fields.names("add"), fields.flag("admin")));
    let Ok(read) = body.token_request() else { return };
    check_limits(&read);
    if let Some(scope) = &read.scope {
        self::scope(scope);
    }
    let written = read.to_json();
    let again = TokenRequest::from_json(written.expose_secret().as_bytes());
    let again = again.map(|again| again.to_json().expose_secret().to_owned());
    assert_eq!(again.as_deref(), Ok(written.expose_secret()), "what was read reads otherwise");
}

fn check_limits(request: &TokenRequest) {
    let longer =
        |text: &Option<String>, limit| text.as_ref().is_some_and(|text| text.chars().count() > limit);
    assert!(!longer(&request.description, limits::DESCRIPTION) && !longer(&request.project_key, 32));
    assert!(request.expires_in.is_none_or(|seconds| seconds <= limits::LAST_EXPIRY));
}

/// Reads a scope. Written anew from its parts it must be the same scope, and it may say nothing that its text does
/// not say.
pub fn scope(text: &str) {
    scope_of(text, Scope::parse);
    scope_of(text, Scope::parse_legacy);
}

fn scope_of(text: &str, parse: fn(&str) -> Result<Scope, FieldError>) {
    let Ok(scope) = parse(text) else { return };
    assert_eq!(scope.as_str(), text);
    let says = |part: &str| text.split(' ').any(|piece| piece == part);
    assert!(!scope.has_admin() || says("applied-permissions/admin"), "{text}");
    assert!(!scope.has_user() || says("applied-permissions/user"), "{text}");
    assert!(scope.groups().all(|group| text.contains(group)), "{text}");
    let parts: Vec<String> = scope.parts().iter().map(part_text).collect();
    let written = parts.join(" ");
    // Every action by its letter is longer than a star for all of them.
    if written.chars().count() <= limits::SCOPE {
        let again = parse(&written).map(|again| again.parts().to_vec());
        assert_eq!(again.as_deref(), Ok(scope.parts()), "{text}");
    }
}

fn part_text(part: &ScopePart) -> String {
    let names =
        |names: &[String]| names.iter().map(|name| quoting::quote_name(name)).collect::<Vec<_>>().join(",");
    match part {
        ScopePart::User => "applied-permissions/user".to_owned(),
        ScopePart::Admin => "applied-permissions/admin".to_owned(),
        ScopePart::Groups(groups) => format!("applied-permissions/groups:{}", names(groups)),
        ScopePart::Roles { project, roles } => {
            format!("applied-permissions/roles:{project}:{}", names(roles))
        }
        ScopePart::Artifact { path, actions } => format!("artifact:{path}:{}", letters(*actions)),
        ScopePart::System { area, actions } => format!("system:{}:{}", area_name(*area), letters(*actions)),
        ScopePart::Project { key, members: true } => format!("project:{key}/members/**:r"),
        ScopePart::Project { key, members: false } => format!("project:{key}:r"),
        ScopePart::Api => "api:*".to_owned(),
        ScopePart::MemberOf(None) => "member-of-groups:*".to_owned(),
        ScopePart::MemberOf(Some(groups)) => format!("member-of-groups:{}", names(groups)),
        ScopePart::ArtifactoryAdmin(service) => format!("{service}:admin"),
    }
}

fn letters(actions: Actions) -> String {
    "rwdamxs".chars().filter(|letter| actions.contains(*letter)).collect()
}

fn area_name(area: SystemArea) -> &'static str {
    match area {
        SystemArea::Metrics => "metrics",
        SystemArea::LiveLogs => "livelogs",
        SystemArea::Identities => "identities",
        SystemArea::Permissions => "permissions",
        SystemArea::Info => "info",
        SystemArea::Storage => "storage",
    }
}

/// Reads a query, and in it the filter of a list of tokens.
pub fn query(text: &str) {
    let Some(mut parts) = parts_of(&format!("/x?{text}"), std::iter::empty()) else { return };
    let Some(Ok(query)) = Query::from_request_parts(&mut parts, &()).now_or_never() else { return };
    let sent = parts.uri.query().unwrap_or_default().as_bytes();
    for (name, value) in form_urlencoded::parse(sent) {
        // Each stands once, so this is its only value.
        assert_eq!(query.text(&name), Some(value.as_ref()).filter(|value| !value.is_empty()));
        let _ = query.flag(&name);
        if let Ok(Some(seconds)) = query.seconds(&name) {
            assert!(seconds <= limits::LAST_EXPIRY);
        }
    }
    if let Ok(filter) = list::filter(&query) {
        assert!(filter.limit.is_none_or(|limit| (1..=LONGEST_PAGE).contains(&limit)));
    }
}

/// Reads the head of a request: a line with the target, then a line for each header.
pub fn path_and_headers(text: &str) {
    let mut lines = text.split('\n');
    let target = lines.next().unwrap_or_default();
    let Some(parts) = parts_of(target, lines.filter_map(|line| line.split_once(": "))) else { return };
    let path = parts.uri.path();
    let _ = Shape::of_path(path);
    if paths::is_canonical(path) && path != "/" {
        path.split('/').skip(1).for_each(check_segment);
    }
    if let Ok(credential) = credentials::find(&parts) {
        check_credential(&parts, &credential);
    }
}

/// What a router decodes must not be another path than what a filter before it has seen.
fn check_segment(segment: &str) {
    let decoded = percent_decode_str(segment).decode_utf8();
    assert!(decoded.is_ok(), "{segment}");
    let decoded = decoded.unwrap_or_default();
    assert!(!matches!(&*decoded, "" | "." | ".."), "{segment}");
    assert!(!decoded.contains(['/', '\\', '\0', '\r', '\n']), "{segment}");
    assert!(paths::is_canonical(&format!("/{}", paths::segment(&decoded))), "{segment}");
}

fn check_credential(parts: &Parts, credential: &Credential) {
    let count = |name| parts.headers.get_all(name).iter().count();
    assert_eq!(count("authorization") + count("x-jfrog-art-api"), 1);
    let query = parts.uri.query().unwrap_or_default();
    assert!(!query.split('&').any(|pair| pair.starts_with("access_token=")), "{query}");
    match credential {
        Credential::Bearer(text) | Credential::ApiKey(text) => {
            let text = text.expose_secret();
            assert!(!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()));
        }
        Credential::Basic { username, .. } => assert!(!username.contains(':')),
    }
}

fn parts_of<'a>(target: &str, headers: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Parts> {
    let request =
        headers.fold(Request::builder().uri(target), |request, (name, value)| request.header(name, value));
    Some(request.body(()).ok()?.into_parts().0)
}
