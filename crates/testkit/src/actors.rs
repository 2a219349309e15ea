//! Who acts in a test: users with a password and a token, and the tokens they make.

use crate::accessd::Accessd;
use crate::http::Answer;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// Path of the projects.
const PROJECTS: &str = "/access/api/v1/projects";

/// Path of the token collection.
pub(crate) const TOKENS: &str = "/access/api/v1/tokens";

static NUMBER: AtomicU64 = AtomicU64::new(1);

/// A user of a service, of a name that no other test has.
#[derive(Debug, Clone)]
pub struct User {
    /// Name.
    pub name: String,
    /// Password.
    pub password: String,
    /// A token with user scope.
    pub token: String,
}

/// What the service gave back for a create or refresh.
#[derive(Debug, Clone)]
pub struct Minted {
    /// Token id.
    pub id: String,
    /// The JWT.
    pub token: String,
    /// The refresh token, empty if there is none.
    pub refresh_token: String,
    /// The reference token, empty if there is none.
    pub reference_token: String,
    /// The whole answer.
    pub answer: Answer,
}

impl Minted {
    /// Reads a create answer.
    ///
    /// # Panics
    /// If it is not 200 with a token.
    #[track_caller]
    pub fn from_answer(answer: Answer) -> Self {
        let answer = answer.expect(200);
        let json = answer.json();
        let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
        assert!(json["access_token"].is_string(), "no token in {json}");
        Self {
            id: text("token_id"),
            token: text("access_token"),
            refresh_token: text("refresh_token"),
            reference_token: text("reference_token"),
            answer,
        }
    }
}

/// A name that nobody else in this test process uses.
pub fn unique(word: &str) -> String {
    format!("{word}-{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

impl Accessd {
    /// Makes an ordinary user.
    #[track_caller]
    pub fn new_user(&self, word: &str) -> User {
        self.new_user_with(word, json!({}))
    }

    /// Makes an administrator.
    #[track_caller]
    pub fn new_admin(&self, word: &str) -> User {
        self.new_user_with(word, json!({"admin": true}))
    }

    /// Makes a user with more fields of its own.
    #[track_caller]
    pub fn new_user_with(&self, word: &str, more: Value) -> User {
        let name = unique(word);
        let password = format!("Pass-of-{name}-x9Q");
        let mut body =
            json!({"username": name, "email": format!("{name}@example.com"), "password": password});
        for (key, value) in more.as_object().expect("an object") {
            body[key] = value.clone();
        }
        self.http().post("/access/api/v2/users").bearer(&self.admin_token()).json(body).send().expect(201);
        let token = self.mint(&self.admin_token(), json!({"username": name})).token;
        User { name, password, token }
    }

    /// Changes a user as an administrator.
    #[track_caller]
    pub fn change_user(&self, name: &str, change: Value) -> Answer {
        let path = format!("/access/api/v2/users/{name}");
        self.http().patch(&path).bearer(&self.admin_token()).json(change).send().expect(200)
    }

    /// Deletes a user as an administrator.
    #[track_caller]
    pub fn delete_user(&self, name: &str) {
        self.http()
            .delete(&format!("/access/api/v2/users/{name}"))
            .bearer(&self.admin_token())
            .send()
            .expect(204);
    }

    /// Makes a group of a new name as an administrator and returns the name.
    #[track_caller]
    pub fn new_group(&self, word: &str, mut body: Value) -> String {
        let name = unique(word);
        body["name"] = json!(name);
        self.http().post("/access/api/v2/groups").bearer(&self.admin_token()).json(body).send().expect(201);
        name
    }

    /// Makes a project as an administrator, unless another test has made it.
    #[track_caller]
    pub fn project(&self, key: &str) {
        let body = json!({"project_key": key, "admin_privileges": {"manage_members": true}});
        let answer = self.http().post(PROJECTS).bearer(&self.admin_token()).json(body).send();
        assert!(matches!(answer.status, 201 | 409), "{} {}", answer.status, answer.body);
    }

    /// Asks for a token, whatever comes of it.
    #[track_caller]
    pub fn ask_token(&self, credential: &str, body: Value) -> Answer {
        self.http().post(TOKENS).bearer(credential).json(body).send()
    }

    /// Makes a token.
    #[track_caller]
    pub fn mint(&self, credential: &str, body: Value) -> Minted {
        Minted::from_answer(self.ask_token(credential, body))
    }

    /// Refreshes as `jf` does, whatever comes of it.
    #[track_caller]
    pub fn ask_refresh(&self, bearer: &str, refresh_token: &str) -> Answer {
        self.ask_token(
            bearer,
            json!({
                "access_token": bearer, "refresh_token": refresh_token,
                "grant_type": "refresh_token", "refreshable": true,
            }),
        )
    }

    /// Refreshes.
    #[track_caller]
    pub fn refresh(&self, old: &Minted) -> Minted {
        Minted::from_answer(self.ask_refresh(&old.token, &old.refresh_token))
    }

    /// What the service says to somebody who presents this token.
    #[track_caller]
    pub fn whoami(&self, token: &str) -> Answer {
        self.http().get(&format!("{TOKENS}/me")).bearer(token).send()
    }

    /// Whether the service accepts this token.
    ///
    /// # Panics
    /// If it says neither yes nor no.
    #[track_caller]
    pub fn accepts(&self, token: &str) -> bool {
        let answer = self.whoami(token);
        assert!(matches!(answer.status, 200 | 401), "neither yes nor no: {} {}", answer.status, answer.body);
        answer.status == 200
    }

    /// Revokes a token by id, whatever comes of it.
    #[track_caller]
    pub fn revoke(&self, credential: &str, id: &str) -> Answer {
        self.http().delete(&format!("{TOKENS}/{id}")).bearer(credential).send()
    }

    /// The live tokens of a user, as the administrator sees them.
    #[track_caller]
    pub fn tokens_of(&self, username: &str) -> Vec<Value> {
        let path = format!("{TOKENS}?username={}", username.replace(' ', "%20"));
        let list = self.http().get(&path).bearer(&self.admin_token()).send().expect(200).json();
        list["tokens"].as_array().expect("an array of tokens").clone()
    }
}
