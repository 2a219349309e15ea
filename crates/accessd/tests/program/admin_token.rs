//! `accessd admin-token`.

use crate::support::Home;

const USERS: &str = "/access/api/v2/users";

#[test]
fn a_token_is_printed_beside_a_running_service_and_without_one() {
    let home = Home::new();
    let service = home.serve();
    let beside = home.run(&["admin-token", "--expiry", "1h"], &[]);
    assert_eq!((beside.code, beside.stderr.as_str()), (Some(0), ""));
    assert_eq!(beside.stdout.lines().count(), 1);
    assert_eq!(service.get(USERS, beside.stdout.trim_end()), 200);
    assert!(service.end().0.success());

    let alone = home.admin_token();
    let service = home.serve();
    assert_eq!(service.get(USERS, &alone), 200);
}

#[test]
fn where_no_service_is_none_is_made() {
    let home = Home::new();
    let ended = home.run(&["admin-token"], &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains("there is no service here") && ended.stderr.contains("hint: "));
    assert!(!home.data().exists());
}

#[test]
fn an_unknown_user_and_another_master_key_are_refused() {
    let home = Home::new();
    assert!(home.serve().end().0.success());
    let other = "0123456789abcdef".repeat(4);
    for (arguments, variables) in [
        (&["admin-token", "--user", "no such/name"][..], &[][..]),
        (&["admin-token"], &[("ACCESSD_MASTER_KEY", other.as_str())]),
    ] {
        let ended = home.run(arguments, variables);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(ended.stderr.contains("caused by: "), "{}", ended.stderr);
        assert!(!ended.stderr.contains(&other));
    }
}
