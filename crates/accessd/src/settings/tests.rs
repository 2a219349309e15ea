//! Who outranks whom, and what is refused.

use super::*;

fn gather(file: &str, environment: &[(&str, &str)], listen: Option<&str>) -> Result<Settings, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("accessd.toml"), file).unwrap();
    let place = PlaceArguments { data_dir: Some(folder.path().to_owned()), ..PlaceArguments::default() };
    let arguments = ServeArguments { place, listen: listen.map(str::to_owned) };
    Settings::gather(&arguments, &Environment::of_texts(environment))
}

fn problem(file: &str) -> String {
    gather(file, &[], None).unwrap_err().to_string()
}

#[test]
fn nothing_set_is_the_default_of_core() {
    let settings = gather("", &[], None).unwrap();
    assert_eq!(settings.access, AccessSettings::default());
    assert_eq!(settings.server.listen, "127.0.0.1:8082");
    let file = settings.data_dir.join("accessd.db");
    assert_eq!(settings.database.to_string(), format!("sqlite:{}", file.display()));
    assert_eq!(settings.effective.len(), keys::ALL.len() + 2);
}

#[test]
fn flag_outranks_environment_outranks_file() {
    let file = "[server]\nlisten = \"127.0.0.1:1\"\n[token]\nmax-expiry = 0\ndefault-expiry = 60";
    let variables = [("ACCESSD_SERVER_LISTEN", "127.0.0.1:2"), ("ACCESSD_TOKEN_DEFAULT_EXPIRY", "120")];
    assert_eq!(gather(file, &[], None).unwrap().server.listen, "127.0.0.1:1");
    let settings = gather(file, &variables, None).unwrap();
    assert_eq!((settings.server.listen.as_str(), settings.access.default_expiry), ("127.0.0.1:2", 120));
    let settings = gather(file, &variables, Some("127.0.0.1:3")).unwrap();
    assert_eq!(settings.server.listen, "127.0.0.1:3");
    let origin = |name| settings.effective.iter().find(|e| e.name == name).unwrap().origin.to_string();
    assert_eq!(origin("server.listen"), "flag --listen");
    assert_eq!(origin("token.default-expiry"), "environment ACCESSD_TOKEN_DEFAULT_EXPIRY");
    assert_eq!(origin("token.max-expiry"), "file");
    assert_eq!(origin("token.refresh-expiry"), "default");
}

#[test]
fn the_default_lifetime_fits_the_longest() {
    let file = "[token]\nmax-expiry = 3600";
    assert!(problem(file).starts_with("token.default-expiry"));
    // 0 = never, which core cuts to the limit for users and leaves to administrators.
    for default in [0, 3600] {
        assert!(gather(&format!("{file}\ndefault-expiry = {default}"), &[], None).is_ok());
    }
}

#[test]
fn signatures_are_named() {
    let signature = |file: &str| gather(file, &[], None).map(|settings| settings.access.signature);
    assert_eq!(signature("[token]\nkey-size = 4096"), Ok(SignatureAlgorithm::Rs256With4096));
    assert_eq!(signature("[token]\nsignature = \"ES256\""), Ok(SignatureAlgorithm::Es256));
    for file in [
        "[token]\nsignature = \"none\"",
        "[token]\nkey-size = 1024",
        "[token]\nsignature = \"ES256\"\nkey-size = 2048",
    ] {
        assert!(signature(file).is_err(), "{file}");
    }
}

#[test]
fn a_wrong_value_names_its_setting_and_who_set_it() {
    let error = gather("", &[("ACCESSD_TOKEN_ALLOW_REFRESHABLE", "yes")], None).unwrap_err().to_string();
    assert_eq!(
        error,
        "token.allow-refreshable (environment ACCESSD_TOKEN_ALLOW_REFRESHABLE): must be true or false"
    );
    for file in [
        "[log]\nformat = \"xml\"",
        "[log]\nlevel = \"loud\"",
        "[server]\nlisten = \"8082\"",
        "[server]\nmax-connections = 0",
        "[token]\nmax-expiry = -1",
        "[database]\nurl = \"postgres://x\"",
    ] {
        assert!(gather(file, &[], None).is_err(), "{file}");
    }
}

#[test]
fn a_file_that_was_asked_for_has_to_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut arguments = ServeArguments::default();
    arguments.place.data_dir = Some(folder.path().to_owned());
    assert!(Settings::gather(&arguments, &Environment::default()).is_ok());
    arguments.place.config = Some(folder.path().join("other.toml"));
    assert!(matches!(
        Settings::gather(&arguments, &Environment::default()),
        Err(SettingsError::Unreadable { .. })
    ));
}

#[test]
fn the_data_folder_is_looked_for_in_order() {
    let at = |variables: &[(&str, &str)]| {
        Settings::gather(&ServeArguments::default(), &Environment::of_texts(variables)).map(|s| s.data_dir)
    };
    assert_eq!(at(&[("ACCESSD_DATA_DIR", "/a"), ("HOME", "/h")]), Ok(PathBuf::from("/a")));
    assert_eq!(at(&[("XDG_DATA_HOME", "/x"), ("HOME", "/h")]), Ok(PathBuf::from("/x/accessd")));
    assert_eq!(at(&[("XDG_DATA_HOME", "x"), ("HOME", "/h")]), Ok(PathBuf::from("/h/.local/share/accessd")));
    assert_eq!(at(&[]), Err(SettingsError::NoDataFolder));
}

#[test]
fn every_setting_is_set_by_file_and_by_environment_and_a_wrong_value_is_named() {
    for (name, good, bad) in [
        ("token.default-expiry", "60", "-1"),
        ("token.max-expiry", "31536001", "1h"),
        ("token.allow-refreshable", "false", "no"),
        ("token.refresh-expiry", "0", "x"),
        ("token.allow-never-expiring-for-users", "true", "1"),
        ("token.signature", "ES256", "HS256"),
        ("token.key-size", "3072", "1024"),
        ("security.allow-basic-token-creation", "true", "TRUE"),
        ("security.allow-web-login", "false", "off"),
        ("security.password-policy.min-length", "15", "7"),
        ("security.password-policy.max-age-days", "90", "-1"),
        ("security.lockout.after-failures", "10", "0"),
        ("security.lockout.longest-wait", "60", "0"),
        ("security.allow-legacy-token-creation-by-password", "false", "no"),
        ("security.disable-api-key-creation", "false", "0"),
        ("security.disable-api-key-authentication", "true", "yes"),
        ("server.listen", "[::1]:1", "1"),
        ("server.base-url", "https://a.example", "a.example"),
        ("server.allow-plain-http", "true", "x"),
        ("server.max-connections", "7", "0"),
        ("database.url", "sqlite:/x.db", "mysql:x"),
        ("database.ca-file", "/ca.pem", "ca.pem"),
        ("database.max-connections", "4", "3"),
        ("database.allow-insecure", "true", "1"),
        ("oidc.allowed-hosts", "a.example", "https://a.example"),
        ("oidc.allow-private-addresses", "true", "x"),
        ("oidc.ca-file", "/ca.pem", "ca.pem"),
        ("log.format", "json", "xml"),
        ("log.level", "debug", "loud"),
    ] {
        let key = keys::ALL.iter().find(|key| key.name == name).unwrap();
        let (section, short) = name.rsplit_once('.').unwrap();
        let quote = if key.kind == keys::Kind::Text { "\"" } else { "" };
        let in_file = format!("[{section}]\n{short} = {quote}{good}{quote}");
        let variable = key.variable();
        // What is for PostgreSQL needs it.
        let others: &[(&str, &str)] = match section {
            "database" if short != "url" => &[("ACCESSD_DATABASE_URL", "postgres://u@localhost/d")],
            _ => &[],
        };
        let with = |text| [others, &[(&*variable, text)]].concat();
        for (settings, origin) in [
            (gather(&in_file, others, None), "file".to_owned()),
            (gather("", &with(good), None), format!("environment {variable}")),
        ] {
            let effective = settings.unwrap().effective;
            let one = effective.iter().find(|one| one.name == name).unwrap();
            assert_eq!((one.value.as_str(), one.origin.to_string()), (good, origin));
        }
        let error = gather("", &with(bad), None).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name} (environment {variable}): must be ")), "{error}");
    }
    // database.password-file has tests of its own.
    assert_eq!(keys::ALL.len() - 1, 29, "a setting without a line here");
}

#[test]
fn identity_providers_are_asked_in_public_unless_told_otherwise() {
    let oidc = gather("", &[], None).unwrap().oidc;
    let strict = OidcSettings { allowed_hosts: Vec::new(), allow_private_addresses: false, ca_file: None };
    assert_eq!(oidc, strict);
    let file = "[oidc]\nallowed-hosts = \"a.example,*.b.example\"\nallow-private-addresses = true\nca-file = \"/ca.pem\"";
    let oidc = gather(file, &[], None).unwrap().oidc;
    assert_eq!((oidc.allowed_hosts.len(), oidc.allow_private_addresses), (2, true));
    assert_eq!(oidc.ca_file, Some(PathBuf::from("/ca.pem")));
    assert!(problem("[oidc]\nallowed-hosts = \"*\"").starts_with("oidc.allowed-hosts"));
}

#[test]
fn a_database_is_a_file_or_postgresql() {
    let at = |url: &str| {
        gather("", &[("ACCESSD_DATABASE_URL", url)], None).map(|settings| settings.database.to_string())
    };
    assert_eq!(at("sqlite:/x/y.db"), Ok("sqlite:/x/y.db".to_owned()));
    let local = "postgres://u@localhost:5432/d?sslmode=disable";
    assert_eq!(at("postgresql://u:s3cret@localhost/d"), Ok(local.to_owned()));
    for bad in ["/x/y.db", "sqlite:", "sqlite:///x", "sqlite::memory:", "mysql://x", "postgres://u:s3cret@h"]
    {
        let error = at(bad).unwrap_err().to_string();
        assert!(error.starts_with("database.url (environment ACCESSD_DATABASE_URL): must "), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
    let settings = |more: (&str, &str)| {
        let url = ("ACCESSD_DATABASE_URL", "postgres://u@db/d?sslmode=require");
        match gather("", &[url, more], None)?.database {
            DatabasePlace::Postgres(settings) => Ok::<_, SettingsError>(*settings),
            other => panic!("{other}"),
        }
    };
    assert!(settings(("ACCESSD_DATABASE_MAX_CONNECTIONS", "7")).is_err(), "not secured");
    let secured = settings(("ACCESSD_DATABASE_ALLOW_INSECURE", "true")).unwrap();
    assert_eq!((secured.max_connections, secured.has_password()), (10, false));
}

#[test]
fn what_is_said_of_postgresql_does_not_start_a_new_service_on_a_file() {
    for variable in ["PASSWORD", "CA_FILE", "MAX_CONNECTIONS", "ALLOW_INSECURE", "PASSWORD_FILE"] {
        let variable = format!("ACCESSD_DATABASE_{variable}");
        let error = gather("", &[(&variable, "x")], None).unwrap_err().to_string();
        assert!(error.starts_with("database.url (default): must be postgres://"), "{error}");
    }
}

#[test]
fn the_password_of_the_database_comes_from_one_place() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    std::fs::write(&path, "s3cret\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let path = path.display().to_string();
    let with = |variables: &[(&str, &str)]| {
        let url = [("ACCESSD_DATABASE_URL", "postgres://u@localhost/d")];
        gather("", &[&url, variables].concat(), None).map(|settings| match settings.database {
            DatabasePlace::Postgres(settings) => settings.has_password(),
            DatabasePlace::Sqlite(_) => panic!("a file"),
        })
    };
    let [text, file] = ["ACCESSD_DATABASE_PASSWORD", "ACCESSD_DATABASE_PASSWORD_FILE"];
    assert_eq!(with(&[]), Ok(false));
    assert_eq!(with(&[(text, "s3cret")]), Ok(true));
    assert_eq!(with(&[(file, &path)]), Ok(true));
    for variables in [
        &[(text, "s3cret"), (file, path.as_str())][..],
        &[(text, "")],
        &[(file, "")],
        &[(file, "password")],
        &[(file, "/no/such/file")],
    ] {
        let error = with(variables).unwrap_err().to_string();
        assert!(error.contains("must ") && !error.contains("s3cret"), "{error}");
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = with(&[(file, &path)]).unwrap_err().to_string();
    assert!(
        error.starts_with("database.password-file (environment") && error.contains("chmod 600"),
        "{error}"
    );
}
