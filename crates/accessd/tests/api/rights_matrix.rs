//! Every change of a right against every kind of credential, generated: it counts from the next request on
//! (CVE-2026-66376, A1, A3; reg 5, reg 49: a state that one way in forgot).

use crate::support::{Answer, GROUPS, PASSWORD, TOKENS, USERS, World, request, text};
use access_core::{AccessSettings, SignatureAlgorithm};
use axum::body::Body;
use axum::http::Method;
use base64::Engine as _;
use serde_json::{Value, json};

const ME: &str = "/access/api/v1/tokens/me";
const VERSION: &str = "/artifactory/api/system/version";
const OLDER_USERS: &str = "/artifactory/api/security/users";

/// What is done to the user `frog`, an administrator by itself or through the group `ops`.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Change {
    Nothing,
    Disable,
    DisableAndEnable,
    Delete,
    DeleteAndMake,
    Lock,
    Demote,
    LeaveAdminGroup,
    GroupLosesRights,
    DeleteAdminGroup,
    LeaveOtherGroup,
    NewPassword,
    ExpirePassword,
    SwitchPasswordOff,
    ClosePages,
}

const CHANGES: [Change; 15] = [
    Change::Nothing,
    Change::Disable,
    Change::DisableAndEnable,
    Change::Delete,
    Change::DeleteAndMake,
    Change::Lock,
    Change::Demote,
    Change::LeaveAdminGroup,
    Change::GroupLosesRights,
    Change::DeleteAdminGroup,
    Change::LeaveOtherGroup,
    Change::NewPassword,
    Change::ExpirePassword,
    Change::SwitchPasswordOff,
    Change::ClosePages,
];

impl Change {
    /// Whether frog is an administrator through the group rather than by itself.
    fn through_group(self) -> bool {
        matches!(self, Self::LeaveAdminGroup | Self::GroupLosesRights | Self::DeleteAdminGroup)
    }

    /// What is left of a token.
    fn of_tokens(self) -> Left {
        match self {
            Self::Disable
            | Self::DisableAndEnable
            | Self::Delete
            | Self::DeleteAndMake
            | Self::Demote
            | Self::LeaveAdminGroup
            | Self::GroupLosesRights
            | Self::DeleteAdminGroup => Left::Nothing,
            // Tokens of a locked user name their owner, and nothing is made or changed with them.
            Self::Lock => Left::NoRights,
            _ => Left::Everything,
        }
    }

    /// What is left of the password.
    fn of_password(self) -> Left {
        match self {
            Self::Disable | Self::Delete | Self::Lock | Self::NewPassword => Left::Nothing,
            Self::ExpirePassword | Self::SwitchPasswordOff => Left::Nothing,
            Self::Demote | Self::LeaveAdminGroup | Self::GroupLosesRights | Self::DeleteAdminGroup => {
                Left::NoRights
            }
            // The new user of that name is another one, with that password but no rights.
            Self::DeleteAndMake => Left::NoRights,
            _ => Left::Everything,
        }
    }

    async fn happen(self, world: &World) {
        let frog = format!("{USERS}/frog");
        let ops = format!("{GROUPS}/ops");
        let user = async |body: Value| {
            world.json(Method::PATCH, &frog, &world.admin, &body).await.expect(200);
        };
        match self {
            Self::Nothing => {}
            Self::Disable => user(json!({"status": "disabled"})).await,
            Self::DisableAndEnable => {
                user(json!({"status": "disabled"})).await;
                user(json!({"status": "enabled"})).await;
            }
            Self::Delete => drop(world.delete(&frog, &world.admin).await.expect(204)),
            Self::DeleteAndMake => {
                world.delete(&frog, &world.admin).await.expect(204);
                world.user("frog").await;
            }
            Self::Lock => user(json!({"status": "locked"})).await,
            Self::Demote => user(json!({"admin": false})).await,
            Self::LeaveAdminGroup => user(json!({"groups": ["others"]})).await,
            Self::GroupLosesRights => {
                let body = json!({"admin_privileges": false});
                world.json(Method::PATCH, &ops, &world.admin, &body).await.expect(200);
            }
            Self::DeleteAdminGroup => drop(world.delete(&ops, &world.admin).await.expect(204)),
            Self::LeaveOtherGroup => user(json!({"groups": []})).await,
            Self::NewPassword => user(json!({"password": "Another-horse-8-battery"})).await,
            Self::ExpirePassword => {
                let path = format!("{frog}/password/expire");
                world.call(Method::POST, &path, &world.admin).await.expect(204);
            }
            Self::SwitchPasswordOff => user(json!({"internal_password_disabled": true})).await,
            Self::ClosePages => user(json!({"disable_ui_access": true})).await,
        }
    }
}

/// What a credential can still do.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Left {
    Everything,
    /// It is accepted, but is no administrator's any more.
    NoRights,
    Nothing,
}

impl Left {
    fn statuses(self) -> (u16, u16) {
        match self {
            Self::Everything => (200, 200),
            Self::NoRights => (200, 403),
            Self::Nothing => (401, 401),
        }
    }
}

struct Frog {
    tokens: Vec<(&'static str, String)>,
    /// Those that count by one door only, or are no token.
    below_artifactory: Vec<(&'static str, String)>,
    bound_to_project: String,
    family: Value,
}

impl Frog {
    /// With one credential of each kind, all of them an administrator's.
    async fn make(world: &World, through_group: bool) -> Self {
        let body = json!({"name": "ops", "admin_privileges": true});
        world.post(GROUPS, &world.admin, &body).await.expect(201);
        world.post(GROUPS, &world.admin, &json!({"name": "others"})).await.expect(201);
        world.user("frog").await;
        let (admin, groups) = if through_group { (false, json!(["ops"])) } else { (true, json!(["others"])) };
        let body = json!({"admin": admin, "groups": groups});
        world.json(Method::PATCH, &format!("{USERS}/frog"), &world.admin, &body).await.expect(200);
        let mint = async |more: Value| {
            let mut body = json!({"username": "frog", "refreshable": true, "include_reference_token": true});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            world.token(&body).await
        };
        let of_user = mint(json!({})).await;
        let of_admin = mint(json!({"scope": "applied-permissions/admin"})).await;
        let of_group = mint(json!({"scope": "applied-permissions/groups:ops"})).await;
        world.project("web").await;
        let of_project = mint(json!({"project_key": "web"})).await;
        let legacy = async |scope: &str| {
            let form = [("username", "frog"), ("scope", scope), ("audience", "*@*")];
            text(&world.legacy(&world.as_admin(), &form).await.expect(200), "access_token")
        };
        let artifactory = world.access.service_id().as_str().replace("jfac@", "jfrt@");
        let key = "/artifactory/api/security/apiKey";
        let key = world.call(Method::POST, key, &text(&of_user, "access_token")).await.expect(201);
        let below_artifactory = vec![
            ("older administrator's token", legacy(&format!("{artifactory}:admin")).await),
            ("API key", text(&key, "apiKey")),
        ];
        let mut tokens = vec![
            ("user-scope JWT", text(&of_user, "access_token")),
            ("user-scope reference token", text(&of_user, "reference_token")),
            ("admin-scope token", text(&of_admin, "access_token")),
            ("admin-scope reference token", text(&of_admin, "reference_token")),
            ("groups-scope token", text(&of_group, "access_token")),
        ];
        if through_group {
            tokens.push(("member-of-groups token", legacy("member-of-groups:*").await));
            tokens.push(("member-of-groups token with a list", legacy("member-of-groups:ops,others").await));
        }
        let bound_to_project = text(&of_project, "access_token");
        Self { tokens, below_artifactory, bound_to_project, family: mint(json!({})).await }
    }
}

async fn with_key_header(world: &World, path: &str, credential: &str) -> u16 {
    let request = request(Method::GET, path, "").header("x-jfrog-art-api", credential);
    world.send(request.body(Body::empty()).unwrap()).await.status
}

async fn with_password(world: &World, path: &str) -> Answer {
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("frog:{PASSWORD}"));
    let request = request(Method::GET, path, "").header("authorization", format!("Basic {basic}"));
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn reg_5_every_change_of_a_right_counts_at_once_for_every_credential() {
    for change in CHANGES {
        let settings = AccessSettings {
            signature: SignatureAlgorithm::Es256,
            disable_api_key_creation: false,
            ..AccessSettings::default()
        };
        let world = World::with(settings).await;
        let frog = Frog::make(&world, change.through_group()).await;
        change.happen(&world).await;

        let wanted = change.of_tokens();
        for (kind, token) in &frog.tokens {
            let seen = (world.get(ME, token).await.status, world.get(USERS, token).await.status);
            assert_eq!(seen, wanted.statuses(), "{change:?}: {kind}");
            let version = with_token_as_password(&world, token).await.status;
            assert_eq!(version, wanted.statuses().0, "{change:?}: {kind} as password");
        }
        for (kind, credential) in &frog.below_artifactory {
            let seen = (
                with_key_header(&world, VERSION, credential).await,
                with_key_header(&world, OLDER_USERS, credential).await,
            );
            assert_eq!(seen, wanted.statuses(), "{change:?}: {kind}");
        }
        let (token, alive) = (&frog.bound_to_project, wanted.statuses().0);
        let never = if alive == 200 { 403 } else { 401 };
        let seen = (world.get(ME, token).await.status, world.get(USERS, token).await.status);
        assert_eq!(seen, (alive, never), "{change:?}: bound to a project");
        let password = change.of_password();
        let seen = (with_password(&world, VERSION).await.status, with_password(&world, USERS).await.status);
        assert_eq!(seen, password.statuses(), "{change:?}: password");

        let body = json!({
            "grant_type": "refresh_token", "refresh_token": frog.family["refresh_token"],
        });
        let bearer = text(&frog.family, "access_token");
        let refreshed = world.post(TOKENS, &bearer, &body).await.status;
        let wanted = match change.of_tokens() {
            Left::Everything => 200,
            Left::NoRights => 403,
            Left::Nothing => 401,
        };
        assert_eq!(refreshed, wanted, "{change:?}: refresh token");
    }
}

async fn with_token_as_password(world: &World, token: &str) -> Answer {
    let basic = base64::engine::general_purpose::STANDARD.encode(format!(":{token}"));
    let request = request(Method::GET, VERSION, "").header("authorization", format!("Basic {basic}"));
    world.send(request.body(Body::empty()).unwrap()).await
}

const SESSION: &str = "0b2ff2b5-3a0e-4f0e-9d4c-6f6d2f1e8a3c";
const CLIENT_LOGIN: &str = "/access/api/v2/authentication/jfrog_client_login";

/// The ways in which a user gets something new.
const WAYS: [&str; 7] = [
    "token by password",
    "token by token",
    "refresh",
    "web log-in approved",
    "web log-in collected",
    "own password changed",
    "token by administrator",
];

/// Each way for a user who could go it a moment ago: 200 if it is open, else how it is refused.
async fn every_way(world: &World, before: &Before) -> Vec<u16> {
    let mut statuses = Vec::new();
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("frog:{PASSWORD}"));
    let by_password = request(Method::POST, TOKENS, "").header("authorization", format!("Basic {basic}"));
    statuses.push(world.send(by_password.body(Body::empty()).unwrap()).await.status);
    statuses.push(world.post(TOKENS, &before.token, &json!({})).await.status);
    let refresh =
        json!({"grant_type": "refresh_token", "refresh_token": before.refreshable["refresh_token"]});
    statuses.push(world.post(TOKENS, &text(&before.refreshable, "access_token"), &refresh).await.status);
    let other = "1b2ff2b5-3a0e-4f0e-9d4c-6f6d2f1e8a3c";
    world.post(&format!("{CLIENT_LOGIN}/request"), "", &json!({"session": other})).await.expect(200);
    statuses.push(approve(world, other).await);
    statuses.push(world.get(&format!("{CLIENT_LOGIN}/token/{SESSION}"), "").await.status);
    let new = "Another-horse-8-battery";
    let change =
        json!({"userName": "frog", "oldPassword": PASSWORD, "newPassword1": new, "newPassword2": new});
    let path = "/artifactory/api/security/users/authorization/changePassword";
    statuses.push(world.post(path, "", &change).await.status);
    statuses.push(world.post(TOKENS, &world.admin, &json!({"username": "frog"})).await.status);
    statuses
}

struct Before {
    token: String,
    refreshable: Value,
}

async fn approve(world: &World, session: &str) -> u16 {
    let fields = [("session", session), ("username", "frog"), ("password", PASSWORD), ("code", "8a3c")];
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = request(Method::POST, "/ui/login", "")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded");
    world.send(request.body(Body::from(form)).unwrap()).await.status
}

/// CVE-2026-1609, -1486: a user who was disabled, and one way in that did not look.
#[tokio::test]
async fn reg_49_no_way_in_forgets_a_state() {
    let dead = vec![401, 401, 401, 403, 404, 401, 400];
    for (change, wanted) in [
        (Some(json!({})), vec![200; WAYS.len()]),
        (Some(json!({"status": "disabled"})), dead.clone()),
        (Some(json!({"status": "invited"})), dead.clone()),
        (Some(json!({"status": "locked"})), vec![401, 403, 403, 403, 404, 401, 400]),
        (Some(json!({"internal_password_disabled": true})), vec![401, 200, 200, 403, 200, 401, 200]),
        (Some(json!({"disable_ui_access": true})), vec![200, 200, 200, 403, 404, 200, 200]),
        (None, dead),
    ] {
        let settings = AccessSettings {
            signature: SignatureAlgorithm::Es256,
            allow_basic_token_creation: true,
            ..AccessSettings::default()
        };
        let world = World::with(settings).await;
        world.user("frog").await;
        let token = world.token_of("frog").await;
        let refreshable = world.token(&json!({"username": "frog", "refreshable": true})).await;
        world.post(&format!("{CLIENT_LOGIN}/request"), "", &json!({"session": SESSION})).await.expect(200);
        assert_eq!(approve(&world, SESSION).await, 200);
        let path = format!("{USERS}/frog");
        match &change {
            Some(change) => drop(world.json(Method::PATCH, &path, &world.admin, change).await.expect(200)),
            None => drop(world.delete(&path, &world.admin).await.expect(204)),
        }
        let seen = every_way(&world, &Before { token, refreshable }).await;
        let named = |statuses: &[u16]| WAYS.into_iter().zip(statuses.to_vec()).collect::<Vec<_>>();
        assert_eq!(named(&seen), named(&wanted), "{change:?}");
    }
}
