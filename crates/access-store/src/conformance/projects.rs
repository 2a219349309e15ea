//! Projects, their members and roles, who administers them, and what happens to their tokens.

use super::fixture::{
    NOW, audit, audit_count, epoch, group, id, insert, insert_group, insert_user, names, new_token, project,
    refreshable, token, user,
};
use access_core::model::TokenRecord;
use access_core::store::{
    Asker, InsertOutcome, Member, MemberKind, NewToken, PROJECT_ADMIN, ProjectChange, ProjectOutcome,
    ProjectRecord, RevocationsOutcome, RoleChange, RoleRecord, Store, WriteOutcome,
};
use access_types::project::AdminPrivileges;
use std::sync::Arc;

fn done<T: std::fmt::Debug>(outcome: ProjectOutcome<T>) -> T {
    match outcome {
        ProjectOutcome::Done(state) => state,
        other => panic!("not done: {other:?}"),
    }
}

async fn make(store: &Arc<dyn Store>, key: &str) -> ProjectRecord {
    done(store.insert_project(project(key), None, audit()).await.unwrap())
}

async fn set(store: &Arc<dyn Store>, key: &str, kind: MemberKind, name: &str, roles: &[&str]) -> Vec<String> {
    let member = (name.to_owned(), names(roles));
    done(store.set_member(key, kind, member, None, audit()).await.unwrap())
}

fn role(name: &str) -> RoleRecord {
    RoleRecord {
        name: name.to_owned(),
        description: String::new(),
        environments: Vec::new(),
        actions: Vec::new(),
    }
}

pub async fn every_field_comes_back(store: Arc<dyn Store>) {
    let full = ProjectRecord {
        key: "web".to_owned(),
        display_name: "Wéb 'shop' --".to_owned(),
        description: "d".to_owned(),
        privileges: AdminPrivileges {
            manage_members: true,
            manage_resources: false,
            index_resources: true,
            manage_remote_repository: false,
            manage_security_assets: false,
            allow_ignore_rules: false,
        },
        storage_quota_bytes: i64::MAX,
        soft_limit: true,
        storage_quota_email_notification: false,
        created_at: NOW,
    };
    assert_eq!(done(store.insert_project(full.clone(), None, audit()).await.unwrap()), full);
    assert_eq!(store.find_project("web").await.unwrap(), Some(full.clone()));
    assert_eq!(store.find_project("Web").await.unwrap(), None);
    let rows = audit_count(&store).await;
    assert_eq!(store.insert_project(project("web"), None, audit()).await.unwrap(), ProjectOutcome::Exists);
    assert_eq!(audit_count(&store).await, rows);
    make(&store, "app").await;
    let keys: Vec<_> = store.list_projects(None).await.unwrap().into_iter().map(|of| of.key).collect();
    assert_eq!(keys, ["app", "web"]);
}

pub async fn a_change_touches_what_it_names(store: Arc<dyn Store>) {
    let before = make(&store, "web").await;
    let update = async |change| done(store.update_project("web", change, None, audit()).await.unwrap());
    assert_eq!(update(ProjectChange::default()).await, before);
    let changed = update(ProjectChange { manage_resources: Some(true), ..ProjectChange::default() }).await;
    let privileges = AdminPrivileges { manage_resources: true, ..before.privileges };
    assert_eq!(changed, ProjectRecord { privileges, ..before.clone() });
    let all = ProjectChange {
        display_name: Some("n".to_owned()),
        description: Some(String::new()),
        manage_members: Some(true),
        manage_resources: Some(false),
        index_resources: Some(true),
        manage_remote_repository: Some(true),
        manage_security_assets: Some(true),
        allow_ignore_rules: Some(true),
        storage_quota_bytes: Some(0),
        soft_limit: Some(true),
        storage_quota_email_notification: Some(true),
    };
    let wanted = ProjectRecord {
        display_name: "n".to_owned(),
        privileges: AdminPrivileges {
            manage_members: true,
            manage_resources: false,
            index_resources: true,
            manage_remote_repository: true,
            manage_security_assets: true,
            allow_ignore_rules: true,
        },
        storage_quota_bytes: 0,
        soft_limit: true,
        storage_quota_email_notification: true,
        ..before
    };
    assert_eq!(update(all).await, wanted);
    let absent = store.update_project("app", ProjectChange::default(), None, audit()).await.unwrap();
    assert_eq!(absent, ProjectOutcome::NoProject);
}

pub async fn members_have_the_roles_they_were_given_last(store: Arc<dyn Store>) {
    make(&store, "web").await;
    insert_user(&store, user("frog")).await;
    insert_group(&store, group("g 1"), &[]).await;
    for (kind, name) in [(MemberKind::User, "frog"), (MemberKind::Group, "g 1")] {
        assert_eq!(store.find_member("web", kind, name).await.unwrap(), None);
        assert_eq!(set(&store, "web", kind, name, &["Viewer", "Developer"]).await, ["Developer", "Viewer"]);
        assert_eq!(set(&store, "web", kind, name, &["Contributor"]).await, ["Contributor"]);
        let member: Member = (name.to_owned(), names(&["Contributor"]));
        assert_eq!(store.list_members("web", kind).await.unwrap(), [member]);
        let rows = audit_count(&store).await;
        for (key, name, roles, wanted) in [
            ("web", name, &["Viewer", "no such"][..], ProjectOutcome::NoRole("no such".to_owned())),
            ("web", "nobody", &["Viewer"], ProjectOutcome::NoMember),
            ("app", name, &["Viewer"], ProjectOutcome::NoProject),
        ] {
            let member = (name.to_owned(), names(roles));
            assert_eq!(store.set_member(key, kind, member, None, audit()).await.unwrap(), wanted);
        }
        assert_eq!(audit_count(&store).await, rows);
        assert_eq!(store.find_member("web", kind, name).await.unwrap(), Some(names(&["Contributor"])));
        let remove = async || store.remove_member("web", kind, name.to_owned(), None, audit()).await.unwrap();
        done(remove().await);
        assert_eq!(remove().await, ProjectOutcome::NoMember);
        assert_eq!(store.list_members("web", kind).await.unwrap(), []);
    }
}

pub async fn roles_are_made_changed_and_taken_away(store: Arc<dyn Store>) {
    make(&store, "web").await;
    make(&store, "app").await;
    let qa = RoleRecord { environments: names(&["DEV", "PROD"]), actions: names(&["B", "A"]), ..role("Q A") };
    assert_eq!(done(store.insert_role("web", qa.clone(), None, audit()).await.unwrap()), qa);
    assert_eq!(store.insert_role("web", qa.clone(), None, audit()).await.unwrap(), ProjectOutcome::Exists);
    assert_eq!(
        store.insert_role("web", role("Viewer"), None, audit()).await.unwrap(),
        ProjectOutcome::Exists
    );
    assert_eq!(
        store.insert_role("none", qa.clone(), None, audit()).await.unwrap(),
        ProjectOutcome::NoProject
    );
    assert_eq!(store.find_role("app", "Q A").await.unwrap(), None, "it is the other project's");
    let update = async |change| done(store.update_role("web", "Q A", change, None, audit()).await.unwrap());
    assert_eq!(update(RoleChange::default()).await, qa);
    let change = RoleChange { environments: Some(Vec::new()), ..RoleChange::default() };
    assert_eq!(update(change).await, RoleRecord { environments: Vec::new(), ..qa.clone() });
    let change = RoleChange {
        description: Some("d".to_owned()),
        actions: Some(names(&["X"])),
        ..RoleChange::default()
    };
    update(change).await;
    let now =
        RoleRecord { description: "d".to_owned(), environments: Vec::new(), actions: names(&["X"]), ..qa };
    assert_eq!(store.list_roles("web").await.unwrap(), [now]);
    insert_user(&store, user("frog")).await;
    insert_group(&store, group("g"), &[]).await;
    set(&store, "web", MemberKind::User, "frog", &["Q A", "Viewer"]).await;
    set(&store, "web", MemberKind::Group, "g", &["Q A"]).await;
    done(store.delete_role("web", "Q A", None, audit()).await.unwrap());
    let roles = store.find_member("web", MemberKind::User, "frog").await.unwrap();
    assert_eq!(roles, Some(names(&["Viewer"])));
    assert_eq!(store.find_member("web", MemberKind::Group, "g").await.unwrap(), None);
    let no_role = ProjectOutcome::NoRole("Q A".to_owned());
    assert_eq!(store.delete_role("web", "Q A", None, audit()).await.unwrap(), no_role);
    let update = store.update_role("web", "Q A", RoleChange::default(), None, audit()).await.unwrap();
    assert_eq!(update, ProjectOutcome::NoRole("Q A".to_owned()));
}

pub async fn who_administers_is_a_fact_of_now(store: Arc<dyn Store>) {
    make(&store, "web").await;
    make(&store, "app").await;
    for name in ["frog", "toad", "newt"] {
        insert_user(&store, user(name)).await;
    }
    insert_group(&store, group("leads"), &["toad"]).await;
    set(&store, "web", MemberKind::User, "frog", &[PROJECT_ADMIN, "Viewer"]).await;
    set(&store, "web", MemberKind::Group, "leads", &[PROJECT_ADMIN]).await;
    set(&store, "app", MemberKind::User, "newt", &["Developer"]).await;
    done(store.insert_role("app", role("project admin"), None, audit()).await.unwrap());
    set(&store, "app", MemberKind::User, "frog", &["project admin"]).await;
    let administers = async |name: &str| {
        let mut keys = Vec::new();
        for key in ["app", "web"] {
            if store.administers_project(name, key).await.unwrap() {
                keys.push(key.to_owned());
            }
        }
        let listed = store.list_projects(Some(name.to_owned())).await.unwrap();
        assert_eq!(listed.into_iter().map(|project| project.key).collect::<Vec<_>>(), keys);
        keys
    };
    assert_eq!(administers("frog").await, ["web"]);
    assert_eq!(administers("toad").await, ["web"]);
    assert_eq!(administers("newt").await, names(&[]));
    assert_eq!(administers("").await, names(&[]));
    set(&store, "web", MemberKind::User, "frog", &["Viewer"]).await;
    assert_eq!(administers("frog").await, names(&[]));
    assert!(matches!(store.delete_group("leads", 5, audit()).await.unwrap(), WriteOutcome::Done(())));
    assert_eq!(administers("toad").await, names(&[]));
}

pub async fn what_is_deleted_takes_its_memberships(store: Arc<dyn Store>) {
    make(&store, "web").await;
    insert_user(&store, user("frog")).await;
    set(&store, "web", MemberKind::User, "frog", &[PROJECT_ADMIN]).await;
    store.delete_user("frog", audit()).await.unwrap();
    insert_user(&store, user("frog")).await;
    assert!(!store.administers_project("frog", "web").await.unwrap(), "the name is somebody else's now");
    insert_group(&store, group("g"), &["frog"]).await;
    set(&store, "web", MemberKind::Group, "g", &[PROJECT_ADMIN]).await;
    done(store.insert_role("web", role("QA"), None, audit()).await.unwrap());
    done(store.delete_project("web", None, audit()).await.unwrap());
    assert_eq!(store.delete_project("web", None, audit()).await.unwrap(), ProjectOutcome::NoProject);
    make(&store, "web").await;
    assert!(!store.administers_project("frog", "web").await.unwrap(), "the key is another project's now");
    assert_eq!(store.list_roles("web").await.unwrap(), []);
    assert_eq!(store.list_members("web", MemberKind::Group).await.unwrap(), []);
}

fn in_project(key: &str, name: &str) -> TokenRecord {
    TokenRecord { project_key: Some(key.to_owned()), ..token(name) }
}

pub async fn tokens_end_with_their_project(store: Arc<dyn Store>) {
    make(&store, "web").await;
    let plain = new_token(in_project("web", "frog"));
    let mut with_family = refreshable();
    with_family.token.project_key = Some("web".to_owned());
    let others = [new_token(in_project("app", "frog")), new_token(token("frog"))];
    for new in [&plain, &with_family, &others[0], &others[1]] {
        insert(&store, new).await;
    }
    done(store.delete_project("web", None, audit()).await.unwrap());
    let is_revoked = async |id| store.find_token(id).await.unwrap().unwrap().token.revocation.is_some();
    assert!(is_revoked(plain.token.token_id).await && is_revoked(with_family.token.token_id).await);
    for other in &others {
        assert!(!is_revoked(other.token.token_id).await);
    }
    let family_id = with_family.token.family_id.unwrap();
    assert!(store.find_family(family_id).await.unwrap().unwrap().0.revoked_at.is_some());
    let late = new_token(in_project("web", "frog"));
    assert_eq!(store.insert_token(late.clone()).await.unwrap(), InsertOutcome::ProjectGone);
    assert_eq!(store.find_token(late.token.token_id).await.unwrap(), None);
    // One of the same key is another project.
    make(&store, "web").await;
    assert!(is_revoked(plain.token.token_id).await);
}

pub async fn very_many_tokens_end_piece_by_piece(store: Arc<dyn Store>) {
    make(&store, "web").await;
    let mut web = Vec::new();
    for number in 0..6 {
        let mut one = refreshable();
        one.token.project_key = Some("web".to_owned());
        one.token.issued_at = NOW + number;
        insert(&store, &one).await;
        web.push(one.family.unwrap());
    }
    let mut other = refreshable();
    make(&store, "app").await;
    other.token.project_key = Some("app".to_owned());
    other.token.issued_at = NOW - 1;
    insert(&store, &other).await;
    store.revoke_token(web[1].token_id, NOW, audit()).await.unwrap();
    let revoke = async |place, count, asker| {
        let before = audit_count(&store).await;
        let outcome = store.revoke_project_tokens("web", place, count, asker, audit()).await.unwrap();
        (outcome, audit_count(&store).await - before)
    };
    // Of families with their tokens, both or neither.
    let revoked = async || {
        let mut revoked = Vec::new();
        for family in web.iter().chain(&other.family) {
            let (family, token) = store.find_family(family.family_id).await.unwrap().unwrap();
            assert_eq!(family.revoked_at.is_some(), token.revocation.is_some());
            revoked.push(family.revoked_at.is_some());
        }
        revoked
    };
    let gone = Some(Asker { token_id: Some(id()), ..Asker::default() });
    assert_eq!(revoke(None, 3, gone).await, (ProjectOutcome::AskerGone, 0));
    let place = |number: usize| Some((NOW + number as u64, web[number].token_id));
    assert_eq!(revoke(None, 3, None).await, (ProjectOutcome::Done(place(3)), 1));
    assert_eq!(revoked().await, [true, true, true, true, false, false, false]);
    assert_eq!(revoke(place(3), 3, None).await, (ProjectOutcome::Done(None), 0));
    assert_eq!(revoke(place(4), 1, None).await, (ProjectOutcome::Done(place(5)), 1));
    assert_eq!(revoked().await, [true, true, true, true, false, true, false]);
    assert_eq!(revoke(place(5), 1, None).await, (ProjectOutcome::Done(None), 0));
    let missing = store.revoke_project_tokens("none", None, 3, None, audit()).await.unwrap();
    assert_eq!(missing, ProjectOutcome::NoProject);
}

async fn no_role_is_changed_by(store: &Arc<dyn Store>, asker: Option<Asker>) {
    let made = store.insert_role("web", role("late"), asker.clone(), audit()).await.unwrap();
    assert_eq!(made, ProjectOutcome::AskerGone);
    let changed =
        store.update_role("web", "Ops", RoleChange::default(), asker.clone(), audit()).await.unwrap();
    assert_eq!(changed, ProjectOutcome::AskerGone);
    assert_eq!(store.delete_role("web", "Ops", asker, audit()).await.unwrap(), ProjectOutcome::AskerGone);
}

pub async fn who_may_no_longer_manage_members_changes_none(store: Arc<dyn Store>) {
    make(&store, "web").await;
    insert_user(&store, user("frog")).await;
    set(&store, "web", MemberKind::User, "frog", &[PROJECT_ADMIN]).await;
    store.insert_role("web", role("Ops"), None, audit()).await.unwrap();
    let user = Some(("frog".to_owned(), epoch(&store, "frog").await));
    let asker = Some(Asker { user, administers: names(&["web"]), ..Asker::default() });
    let manage = |on| ProjectChange { manage_members: Some(on), ..ProjectChange::default() };
    let member = || ("frog".to_owned(), names(&["Viewer", PROJECT_ADMIN]));
    store.update_project("web", manage(false), None, audit()).await.unwrap();
    let kept = store.set_member("web", MemberKind::User, member(), asker.clone(), audit()).await.unwrap();
    assert_eq!(kept, ProjectOutcome::AskerGone);
    no_role_is_changed_by(&store, asker.clone()).await;
    store.update_project("web", manage(true), None, audit()).await.unwrap();
    let set = store.set_member("web", MemberKind::User, member(), asker, audit()).await.unwrap();
    assert!(matches!(set, ProjectOutcome::Done(_)), "{set:?}");
}

pub async fn who_lost_the_project_writes_nothing(store: Arc<dyn Store>) {
    make(&store, "web").await;
    make(&store, "app").await;
    insert_user(&store, user("frog")).await;
    set(&store, "web", MemberKind::User, "frog", &[PROJECT_ADMIN]).await;
    let user = Some(("frog".to_owned(), epoch(&store, "frog").await));
    let asker =
        |keys: &[&str]| Some(Asker { user: user.clone(), administers: names(keys), ..Asker::default() });
    let new = with;
    assert_eq!(store.insert_token(new(asker(&["web"]))).await.unwrap(), InsertOutcome::Inserted);
    let target = new(None);
    insert(&store, &target).await;
    let nobody = Some(Asker { administers: names(&["web"]), ..Asker::default() });
    for asker in [asker(&["app"]), asker(&["web", "app"]), nobody] {
        let rows = audit_count(&store).await;
        assert_eq!(store.insert_token(new(asker.clone())).await.unwrap(), InsertOutcome::AskerGone);
        let revocations = vec![(target.token.token_id, audit())];
        assert_eq!(
            store.revoke_tokens(asker.clone(), revocations, NOW).await.unwrap(),
            RevocationsOutcome::AskerGone
        );
        let member = ("frog".to_owned(), names(&["Viewer"]));
        let set = store.set_member("web", MemberKind::User, member, asker.clone(), audit()).await.unwrap();
        assert_eq!(set, ProjectOutcome::AskerGone);
        let removed =
            store.remove_member("web", MemberKind::User, "frog".to_owned(), asker.clone(), audit()).await;
        assert_eq!(removed.unwrap(), ProjectOutcome::AskerGone);
        let made = store.insert_role("web", role("QA"), asker.clone(), audit()).await.unwrap();
        assert_eq!(made, ProjectOutcome::AskerGone);
        let gone = store.delete_project("web", asker.clone(), audit()).await.unwrap();
        assert_eq!(gone, ProjectOutcome::AskerGone);
        let change = ProjectChange::default();
        let changed = store.update_project("web", change, asker.clone(), audit()).await.unwrap();
        assert_eq!(changed, ProjectOutcome::AskerGone);
        let made = store.insert_project(project("new"), asker.clone(), audit()).await.unwrap();
        assert_eq!(made, ProjectOutcome::AskerGone);
        no_role_is_changed_by(&store, asker).await;
        assert_eq!(audit_count(&store).await, rows);
    }
    let revocations = vec![(target.token.token_id, audit())];
    assert!(matches!(
        store.revoke_tokens(asker(&["web"]), revocations, NOW).await.unwrap(),
        RevocationsOutcome::Done { .. }
    ));
}

/// A token of the project `web` that this asker wants.
fn with(asker: Option<Asker>) -> NewToken {
    NewToken { asker, ..new_token(in_project("web", "robot")) }
}
