//! A whole service over SQLite in a scratch folder, with a clock that stands still.

use access_core::clock::{Clock, ManualClock};
use access_core::random::SeededSource;
use access_core::store::Store;
use access_core::{
    Access, AccessError, AccessSettings, Credential, MasterKey, Principal, SignatureAlgorithm,
};
use access_store::{FaultStore, SqliteStore};
use access_types::group::GroupInput;
use access_types::project::ProjectInput;
use access_types::user::UserInput;
use access_types::{Secret, TokenRequest, TokenResponse};
use std::sync::Arc;

pub(crate) const START: u64 = 1_800_000_000;
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct World {
    pub(crate) access: Access,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<FaultStore>,
    pub(crate) admin: Principal,
    folder: tempfile::TempDir,
}

/// A service with the settings of a test: ES256, because an RSA key takes its time.
pub(crate) async fn world() -> World {
    world_with(AccessSettings::default()).await
}

pub(crate) async fn world_with(settings: AccessSettings) -> World {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteStore::open(&folder.path().join("accessd.db")).unwrap();
    let store = Arc::new(FaultStore::new(Arc::new(sqlite)));
    let clock = Arc::new(ManualClock::at(START));
    let random = Arc::new(SeededSource::new(1));
    let master_key = MasterKey::generate(random.as_ref()).unwrap();
    let settings = AccessSettings { signature: SignatureAlgorithm::Es256, ..settings };
    let (access, first) =
        Access::open(store.clone() as Arc<dyn Store>, clock.clone(), random, master_key, settings, Ok)
            .await
            .unwrap();
    let first = first.expect("an empty database starts anew");
    let credential = Credential::Basic { username: first.admin_username, password: first.admin_password };
    let admin = access.authenticate(&credential).await.unwrap();
    let admin = access.authenticate(&bearer(&mint(&access, &admin).await)).await.unwrap();
    World { access, clock, store, admin, folder }
}

async fn mint(access: &Access, admin: &Principal) -> Secret {
    access.mint_admin_token(admin.username().unwrap(), 86_400).await.unwrap().access_token
}

pub(crate) fn bearer(token: &Secret) -> Credential {
    Credential::Bearer(token.clone())
}

pub(crate) fn basic(username: &str, password: &str) -> Credential {
    Credential::Basic { username: username.to_owned(), password: password.to_owned().into() }
}

/// A create request with one scope, or the default.
pub(crate) fn scope(text: &str) -> TokenRequest {
    TokenRequest { scope: Some(text.to_owned()), ..TokenRequest::default() }
}

pub(crate) fn refreshable() -> TokenRequest {
    TokenRequest { refreshable: Some(true), expires_in: Some(3600), ..TokenRequest::default() }
}

impl World {
    /// Somebody with access to the database, but to no key, runs `sql`.
    pub(crate) fn tamper(&self, sql: &str) {
        self.tampering(sql)();
    }

    /// The same, later.
    pub(crate) fn tampering(&self, sql: &str) -> impl Fn() + Send + Sync + 'static {
        let (path, sql) = (self.folder.path().join("accessd.db"), sql.to_owned());
        move || {
            let connection = rusqlite::Connection::open(&path).unwrap();
            assert!(connection.execute(&sql, []).unwrap() > 0, "{sql}");
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.now()
    }

    pub(crate) async fn user(&self, name: &str) {
        self.user_with(UserInput { username: Some(name.to_owned()), ..UserInput::default() }).await;
    }

    pub(crate) async fn user_with(&self, input: UserInput) {
        let input = UserInput { password: Some(PASSWORD.to_owned().into()), ..input };
        self.access.create_user(&self.admin, input).await.unwrap();
    }

    pub(crate) async fn group(&self, name: &str, admin_privileges: bool) {
        let input = GroupInput {
            name: Some(name.to_owned()),
            admin_privileges: Some(admin_privileges),
            ..GroupInput::default()
        };
        self.access.create_group(&self.admin, input).await.unwrap();
    }

    pub(crate) async fn project(&self, key: &str) {
        let input = ProjectInput {
            project_key: Some(key.to_owned()),
            manage_members: Some(true),
            ..ProjectInput::default()
        };
        self.access.create_project(&self.admin, input).await.unwrap();
    }

    /// A token made by the administrator for `username`.
    pub(crate) async fn token_for(&self, username: &str, request: TokenRequest) -> TokenResponse {
        let request = TokenRequest { username: Some(username.to_owned()), ..request };
        self.access.create_token(&self.admin, request, None).await.unwrap().response
    }

    pub(crate) async fn principal(&self, token: &Secret) -> Principal {
        self.access.authenticate(&bearer(token)).await.unwrap()
    }

    pub(crate) async fn is_accepted(&self, token: &Secret) -> bool {
        match self.access.authenticate(&bearer(token)).await {
            Ok(_) => true,
            Err(AccessError::Authentication(_)) => false,
            Err(other) => panic!("{other}"),
        }
    }

    pub(crate) async fn refresh(
        &self,
        bearer_token: &Secret,
        refresh_token: &Secret,
    ) -> Result<TokenResponse, AccessError> {
        let request = TokenRequest { refresh_token: Some(refresh_token.clone()), ..TokenRequest::default() };
        Ok(self.access.refresh_token(&bearer(bearer_token), request).await?.response)
    }
}
