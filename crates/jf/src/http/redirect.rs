//! Which redirects are followed: those of a GET to another path of the same origin. A credential never
//! follows a redirect elsewhere, and nothing is ever posted twice because of one.

use crate::http::{Answer, Request};
use crate::platform_url::PlatformUrl;
use ureq::http::{Method, header};

/// Longest chain that is followed.
pub(super) const MOST_HOPS: u32 = 3;

/// Where to ask instead; `None` to keep the answer as it is.
pub(super) fn target(request: &Request, answer: &Answer, origin: &PlatformUrl) -> Option<String> {
    let is_redirect = matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308);
    if request.method != Method::GET || !is_redirect {
        return None;
    }
    let location = answer.header(header::LOCATION.as_str())?;
    let location = location.split('#').next().unwrap_or_default();
    let target = if location.starts_with('/') && !location.starts_with("//") {
        format!("{}{location}", origin.origin())
    } else {
        location.to_owned()
    };
    origin.is_origin_of(&target).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Content, Repeat};
    use ureq::http::{HeaderMap, StatusCode};

    fn followed(request: &Request, status: u16, location: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::LOCATION, location.parse().unwrap());
        let answer =
            Answer { status: StatusCode::from_u16(status).unwrap(), body: Vec::new(), headers, stream: None };
        target(request, &answer, &PlatformUrl::parse("--url", "https://h:8443/base").unwrap())
    }

    #[test]
    fn only_a_get_within_the_origin_goes_on() {
        let get = Request::get("https://h:8443/base/x".into());
        assert_eq!(followed(&get, 302, "/y?a=1#f").as_deref(), Some("https://h:8443/y?a=1"));
        assert_eq!(followed(&get, 308, "https://H:8443/z").as_deref(), Some("https://H:8443/z"));
        for elsewhere in [
            "http://h:8443/",
            "https://h/",
            "https://h:8443.evil/",
            "https://h:8443@evil/",
            "//h:8443/x",
            "https://u@h:8443/x",
            "y",
            "",
        ] {
            assert_eq!(followed(&get, 302, elsewhere), None, "{elsewhere}");
        }
        assert_eq!(followed(&get, 200, "/y"), None);
        let post = Request::post("https://h:8443/x".into(), Content::form(&[]), Repeat::Safely);
        assert_eq!(followed(&post, 307, "/y"), None);
    }
}
