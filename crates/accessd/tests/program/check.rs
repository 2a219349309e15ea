//! `accessd check`.

use crate::support::Home;
use std::os::unix::fs::PermissionsExt;

#[test]
fn every_setting_is_printed_with_its_origin() {
    let home = Home::new();
    std::fs::create_dir(home.data()).unwrap();
    std::fs::write(home.data().join("accessd.toml"), "[token]\nmax-expiry = 31536000\n").unwrap();
    let variables = [("ACCESSD_LOG_LEVEL", "warn"), ("ACCESSD_MASTER_KEY", "deadbeef")];
    let ended = home.run(&["check", "--listen", "127.0.0.1:1"], &variables);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    for line in [
        "server.listen = 127.0.0.1:1  (flag --listen)",
        "log.level = warn  (environment ACCESSD_LOG_LEVEL)",
        "token.max-expiry = 31536000  (file)",
        "token.refresh-expiry = 86400  (default)",
        "master-key = (not shown)  (environment ACCESSD_MASTER_KEY)",
        &format!("data-dir = {}  (environment ACCESSD_DATA_DIR)", home.data().display()),
        &format!("database.url = sqlite:{}  (default)", home.data().join("accessd.db").display()),
    ] {
        assert!(ended.stdout.lines().any(|printed| printed == line), "{line} in {}", ended.stdout);
    }
    assert!(!ended.stdout.contains("deadbeef"));
}

#[test]
fn the_password_of_the_database_is_not_shown_wherever_it_comes_from() {
    let home = Home::new();
    let url = "postgres://u:canary@localhost/d";
    let file = home.data().with_extension("password");
    std::fs::write(&file, "canary\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let file = file.display().to_string();
    for (arguments, variables, password) in [
        (&["--database", url][..], &[][..], "(not shown)"),
        (&[], &[("ACCESSD_DATABASE_URL", url)], "(not shown)"),
        (&["--database", url], &[("ACCESSD_DATABASE_PASSWORD", "canary")], "(not shown)"),
        (&["--database", url], &[("ACCESSD_DATABASE_PASSWORD_FILE", file.as_str())], "(not shown)"),
        (&["--database", "postgres://u@localhost/d"], &[], "(none)"),
    ] {
        let ended = home.run(&[&["check"], arguments].concat(), variables);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{arguments:?} {variables:?}");
        let printed = |line: &str| ended.stdout.lines().any(|printed| printed.starts_with(line));
        assert!(
            printed("database.url = postgres://u@localhost:5432/d?sslmode=disable  ("),
            "{}",
            ended.stdout
        );
        assert!(printed(&format!("database-password = {password}")), "{}", ended.stdout);
        assert!(!ended.stdout.contains("canary"));
    }
}

#[test]
fn what_serve_would_refuse_fails() {
    let home = Home::new();
    for (arguments, variables, words) in [
        (&[][..], &[("ACCESSD_LOG_LEVEL", "loud")][..], "log.level (environment ACCESSD_LOG_LEVEL): must be"),
        (&[], &[("ACCESSD_TOKEN_EXPIRY", "1")], "there is no setting ACCESSD_TOKEN_EXPIRY"),
        (
            &[],
            &[("ACCESSD_MASTER_KEY", "x"), ("ACCESSD_MASTER_KEY_FILE", "y")],
            "both ACCESSD_MASTER_KEY and",
        ),
        (&["--listen", "0.0.0.0:8082"], &[], "allow-plain-http"),
        (&[], &[("ACCESSD_TOKEN_DEFAULT_EXPIRY", "3153600001")], "token.default-expiry (environment"),
        (&[], &[("ACCESSD_TOKEN_MAX_EXPIRY", "9999999999")], "token.max-expiry (environment"),
        (&[], &[("ACCESSD_OIDC_ALLOWED_HOSTS", "https://a")], "oidc.allowed-hosts (environment"),
        (&[], &[("ACCESSD_OIDC_CA_FILE", "/no/such.pem")], "read from /no/such.pem"),
        (&["--listen", "8082"], &[], "server.listen (flag --listen): must be HOST:PORT"),
        (&["--config", "/no/such.toml"], &[], "/no/such.toml cannot be read"),
        (
            &["--database", "postgres://u:canary@h"],
            &[],
            "database.url (flag --database): must name the database",
        ),
        (&["--database", "postgres://u:canary@h/d?sslmode=require"], &[], "database.allow-insecure"),
        (
            &["--database", "postgres://u:canary@h/d"],
            &[("ACCESSD_DATABASE_CA_FILE", "/no/such.pem")],
            "database.ca-file cannot be read from /no/such.pem",
        ),
        (&[], &[("ACCESSD_DATABASE_PASSWORD", "canary")], "database.url (default): must be postgres://"),
    ] {
        let ended = home.run(&[&["check"], arguments].concat(), variables);
        assert_eq!(ended.code, Some(1), "{words}");
        assert!(ended.stderr.starts_with("error: ") && ended.stderr.contains(words), "{}", ended.stderr);
        assert!(!ended.stderr.contains("canary"));
    }
    assert!(!home.data().exists(), "a check makes nothing");
}

#[test]
fn wrong_usage_is_2_and_help_is_0() {
    let home = Home::new();
    for (arguments, code) in [(&["chekc"][..], 2), (&["serve", "--port", "1"], 2), (&[], 2), (&["--help"], 0)]
    {
        assert_eq!(home.run(arguments, &[]).code, Some(code), "{arguments:?}");
    }
}
