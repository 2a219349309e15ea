//! `jf token show` and `jf token inspect`.

use crate::refresh_world::jwt;
use crate::support::{Jf, Run, Server, reply};
use crate::terminal::Terminal;
use crate::token_world::{json_reply, lines, no_accessd, now, on_accessd, on_platform, refused, with};
use serde_json::{Value, json};

fn show(server: &Server, arguments: &[&str]) -> Run {
    Jf::new().token(server, "show", arguments)
}

#[test]
fn accessd_tells_everything() {
    let token = with(on_accessd("id-1"), json!({"last_used": now() - 60, "parent_token_id": "id-0"}));
    let server = Server::start(vec![json_reply("200 OK", &token)]);
    let run = show(&server, &["id-1"]).ok();
    for line in [
        "token         id-1\n",
        "whose         frog (jfac@01/users/frog)\n",
        "state         live, for 60 minutes\n",
        "may           everything that frog may\n",
        "where         on every service (*@*)\n",
        "made by       admin, with the token id-0\n",
        "last used     60 seconds ago, ",
        "revocable     yes\n",
        "description   ci\n",
    ] {
        assert!(run.stdout.contains(line), "{line}: {}", run.stdout);
    }
    assert_eq!(lines(&server), ["GET /access/api/accessd/v1/tokens/id-1"]);
    let server = Server::start(vec![json_reply("200 OK", &token)]);
    let printed: Value = serde_json::from_str(&show(&server, &["me", "--format=json"]).ok().stdout).unwrap();
    assert_eq!(printed, token);
    assert_eq!(lines(&server), ["GET /access/api/accessd/v1/tokens/me"]);
}

#[test]
fn a_platform_tells_what_it_knows() {
    let server = Server::start(vec![no_accessd(), json_reply("200 OK", &on_platform("id-1"))]);
    let run = show(&server, &["id-1"]).ok();
    for line in
        ["may           the server does not tell\n", "revocable     perhaps not: platforms do not revoke"]
    {
        assert!(run.stdout.contains(line), "{line}: {}", run.stdout);
    }
    assert_eq!(lines(&server), ["GET /access/api/accessd/v1/tokens/id-1", "GET /access/api/v1/tokens/id-1"]);
}

#[test]
fn what_is_not_there_or_not_to_be_seen_is_told_apart() {
    let twice = |status, code| Server::start(vec![refused(status, code, "no"), refused(status, code, "no")]);
    show(&twice("404 Not Found", "NOT_FOUND"), &["id-1"]).fails(6, &["there is no token with the id id-1"]);
    show(&twice("403 Forbidden", "FORBIDDEN"), &["id-1"])
        .fails(5, &["shown to its owner and to administrators"]);
    show(&twice("401 Unauthorized", "UNAUTHORIZED"), &["me"]).fails(4, &["no (UNAUTHORIZED)"]);
    let server = Server::start(vec![no_accessd(), reply("200 OK", "<html>")]);
    show(&server, &["me"]).fails(9, &["not with a token's description"]);
}

#[test]
fn a_token_is_no_id_and_is_not_repeated() {
    let canary = jwt(r#"{"sub":"canary"}"#);
    for id in [canary.as_str(), "../users", "a b", "canary/x", "ca?nary"] {
        let run = show(&Server::untouched(), &[id]).fails(2, &["id"]);
        assert!(!run.stderr.contains(id), "{run:?}");
    }
    show(&Server::untouched(), &[]).fails(2, &["Wrong number of arguments"]);
    show(&Server::untouched(), &["a", "b"]).fails(2, &["Wrong number of arguments (2)"]);
}

/// A world without any server, in which calling one would be seen.
fn inspect(token: &str, arguments: &[&str]) -> Run {
    let server = Server::untouched();
    let jf = Jf::new().env("HTTP_PROXY", &server.url()).env("JF_URL", &server.url()).stdin(token);
    jf.run(&[&["token", "inspect"], arguments].concat())
}

#[test]
fn a_token_is_taken_apart_without_any_network() {
    let claims = json!({"sub": "jfac@01/users/frog", "scp": "applied-permissions/admin", "aud": "*@*", "iss": "jfac@01",
        "iat": now() - 60, "exp": now() + 3600, "jti": "id-1"});
    let token = jwt(&claims.to_string());
    let printed_by_atc = json!({"scope": "x", "access_token": token, "refresh_token": "canary"}).to_string();
    for (stdin, arguments) in [
        (token.as_str(), &[][..]),
        (&format!("  {token}\n"), &["-"]),
        ("", &[token.as_str()]),
        (&printed_by_atc, &[]),
    ] {
        let run = inspect(stdin, arguments).ok();
        for line in [
            "token         JWT, not verified: ",
            "id            id-1\n",
            "whose         frog (jfac@01/users/frog)\n",
            "may           everything, as an administrator\n",
            "issuer        jfac@01\n",
            "signed        with none\n",
            "warning       its scope is that of an administrator\n",
            "warning       every service accepts it: its audience is not limited (--audience)\n",
        ] {
            assert!(run.stdout.contains(line), "{line}: {}", run.stdout);
        }
        assert!(!run.stdout.contains("canary-signature") && !run.stderr.contains("canary-signature"));
    }
    let printed: Value = serde_json::from_str(&inspect(&token, &["--format=json"]).ok().stdout).unwrap();
    assert_eq!((&printed["kind"], &printed["verified"]), (&json!("jwt"), &json!(false)));
    assert_eq!((&printed["claims"], &printed["header"]["alg"]), (&claims, &json!("none")));
    assert_eq!(printed["warnings"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_no_token_is_refused_and_not_repeated() {
    for bad in ["canary", "canary.canary.canary", "canary two words", "AKCp8canary"] {
        let run = inspect(bad, &[]).fails(2, &["form of no token"]);
        assert!(!run.stderr.contains("canary"), "{run:?}");
    }
    inspect("", &[]).fails(2, &["no token provided via Stdin"]);
    inspect("x", &["a", "b"]).fails(2, &["Wrong number of arguments"]);
    inspect("x", &["--access-token-stdin"]).fails(2, &["no credentials are needed"]);
}

#[test]
fn somebody_at_a_terminal_is_asked_and_sees_nothing_of_what_is_pasted() {
    let token = jwt(r#"{"sub":"frog","jti":"id-1"}"#);
    let session =
        Terminal::start(&Jf::new(), &["token", "inspect"]).answer_hidden("Token: ", &token).end().ok();
    assert!(session.screen.contains("id            id-1") && session.is_as_before(), "{session:?}");
    assert!(!session.screen.contains("canary-signature"), "{session:?}");
    let session = Terminal::start(&Jf::new(), &["token", "inspect", &token]).end().ok();
    assert!(session.screen.contains("stays in the shell's history"), "{session:?}");
}

#[test]
fn verifying_asks_the_server_as_the_token_itself() {
    let token = jwt(r#"{"sub":"frog","jti":"id-1"}"#);
    let server = Server::start(vec![no_accessd(), json_reply("200 OK", &on_platform("id-1"))]);
    let verify = |server: &Server, arguments: &[&str]| {
        let jf = Jf::new().env("JF_URL", &server.url()).env("JF_ACCESS_TOKEN", "canary-other").stdin(&token);
        jf.run(&[&["token", "inspect", "--verify"], arguments].concat())
    };
    let run = verify(&server, &[]).ok();
    assert!(run.stdout.starts_with("token         JWT, verified: the server accepts it\n"), "{run:?}");
    for call in server.calls() {
        assert_eq!(call.header("authorization"), Some(format!("Bearer {token}").as_str()));
    }
    let server = Server::start(vec![json_reply("200 OK", &on_accessd("id-1"))]);
    let printed: Value = serde_json::from_str(&verify(&server, &["--format=json"]).ok().stdout).unwrap();
    assert_eq!((&printed["verified"], &printed["token"]["state"]), (&json!(true), &json!("live")));
    let no = || refused("401 Unauthorized", "UNAUTHORIZED", "Invalid token, signature");
    let server = Server::start(vec![no(), no()]);
    verify(&server, &[]).fails(4, &["does not accept this token", "Invalid token, signature"]);
}
