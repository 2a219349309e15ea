//! What the sweeps over all routes go through: what is open, methods, headers, and spellings of a path.

use axum::http::Method;

/// What answers everybody, and how it answers a request without parameters and body.
pub(crate) const PUBLIC: &[(Method, &str, u16)] = &[
    (Method::GET, "/.well-known/jwks.json", 200),
    // Without a base URL there is no issuer to tell of.
    (Method::GET, "/.well-known/oauth-authorization-server", 404),
    (Method::GET, "/access/api/accessd/v1/openapi.json", 200),
    (Method::GET, "/access/api/v1/system/liveness", 200),
    (Method::GET, "/access/api/v1/system/ping", 200),
    (Method::GET, "/access/api/v1/system/readiness", 200),
    (Method::GET, "/access/api/v1/system/version", 200),
    (Method::POST, "/access/api/v2/authentication/jfrog_client_login/request", 400),
    (Method::GET, "/artifactory/api/system/ping", 200),
    (Method::GET, "/ui/login", 400),
    (Method::GET, "/ui/password", 200),
    (Method::GET, "/ui/style.css", 200),
];

/// What asks for another proof than a credential in a header. None lets anybody in without it.
pub(crate) const PROOF: &[(Method, &str)] = &[
    (Method::POST, "/access/api/v1/aws/token"),
    (Method::POST, "/access/api/v1/oidc/token"),
    (Method::GET, "/access/api/v2/authentication/jfrog_client_login/token/{session}"),
    (Method::POST, "/artifactory/api/security/token"),
    (Method::POST, "/artifactory/api/security/users/authorization/changePassword"),
    (Method::POST, "/ui/login"),
    (Method::POST, "/ui/password"),
];

/// What the parameters of a path stand for; any other is a word.
pub(crate) const SAMPLES: [(&str, &str); 3] =
    [("{id}", "01890000-0000-7000-8000-000000000000"), ("{username}", "admin"), ("{name}", "readers")];

pub(crate) const METHODS: [Method; 8] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
    Method::TRACE,
];

/// Headers by which some servers let a client choose another path, method or identity.
pub(crate) const HINTS: [(&str, &str); 20] = [
    ("x-http-method-override", "GET"),
    ("x-http-method", "GET"),
    ("x-method-override", "GET"),
    ("x-original-url", "/access/api/v1/system/ping"),
    ("x-rewrite-url", "/access/api/v1/system/ping"),
    ("x-forwarded-prefix", "/access/api/v1/system/ping"),
    ("x-forwarded-for", "127.0.0.1"),
    ("x-real-ip", "127.0.0.1"),
    ("forwarded", "for=127.0.0.1;by=127.0.0.1;host=localhost"),
    ("x-forwarded-host", "localhost"),
    ("x-forwarded-user", "admin"),
    ("x-remote-user", "admin"),
    ("remote-user", "admin"),
    ("x-jfrog-username", "admin"),
    ("x-jfrog-internal-request", "true"),
    ("x-jfrog-client-id", "jfac@01h8z3b1k5m7n9p2q4r6s8t0v2"),
    ("x-jfrog-join-key", ""),
    ("x-ssl-client-verify", "SUCCESS"),
    ("cookie", "ACCESSTOKEN=x; REFRESHTOKEN=x; session=admin"),
    ("proxy-authorization", "Basic YWRtaW46cGFzc3dvcmQ="),
];

/// A path in other spellings, for one server or another the same.
pub(crate) fn spellings(path: &str) -> Vec<String> {
    const SUFFIXES: [&str; 42] = [
        "/",
        "//",
        "/.",
        "/..",
        "/./",
        "/../",
        "/%2e",
        "/%2e%2e",
        "/%2E/",
        "/..;/",
        "/%2f",
        "%2f",
        "%2F",
        ";",
        ";x",
        ";x=1",
        ";.json",
        "%3b",
        "%3bx",
        "%00",
        "%00.json",
        "%20",
        "%09",
        "%0a",
        "%0d%0a",
        "\\",
        "%5c",
        ".json",
        ".html",
        "/index.html",
        "?",
        "?a=b",
        "?/../",
        "%3f",
        "%23",
        "%25",
        "%252f",
        "~",
        "%c0%af",
        "%c0%ae",
        "%e0%80%af",
        "%ff",
    ];
    let last = path.rfind('/').unwrap_or_default();
    let (head, tail) = (&path[..last], &path[last + 1..]);
    let (first, rest) = tail.split_at(1);
    let byte = first.as_bytes()[0];
    let mut spellings: Vec<String> = SUFFIXES.iter().map(|suffix| format!("{path}{suffix}")).collect();
    spellings.extend([
        path.to_owned(),
        format!("/{path}"),
        format!("/.{path}"),
        format!("/..{path}"),
        format!("/%2e{path}"),
        format!("/x/..{path}"),
        format!("/;{path}"),
        format!("/access/api/v1/system/ping/..{path}"),
        format!("/access/api/v1/system/ping/../../../../..{path}"),
        format!("/access/api/v1/system/ping/..;{path}"),
        format!("/artifactory/..{path}"),
        format!("/artifactory{path}"),
        format!("{head}//{tail}"),
        format!("{head}/./{tail}"),
        format!("{head}/x/../{tail}"),
        format!("{head}%2f{tail}"),
        format!("{head}%252f{tail}"),
        format!("{head}%c0%af{tail}"),
        format!("{head}\\{tail}"),
        format!("{head}/;/{tail}"),
        format!("{head};x/{tail}"),
        format!("{head};x=1/{tail};y=2"),
        format!("{head}/%{byte:02x}{rest}"),
        format!("{head}/%{byte:02X}{rest}"),
        format!("{head}/%25{byte:02x}{rest}"),
        format!("{head}/%u00{byte:02x}{rest}"),
        path.to_ascii_uppercase(),
        path.replacen("/a", "/A", 1),
        path.replacen("/api", "/Api", 1),
        format!("http://elsewhere.example{path}"),
        format!("http://elsewhere.example/{path}"),
        format!("http://elsewhere.example{path}/"),
    ]);
    spellings
}
