//! The routes, each with its policy: there is no way to add one without saying who may call it.

use crate::caller::{Caller, OwnToken, Presented};
use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};

/// Who is let in to a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Everybody: it tells nothing that is not public.
    Public,
    /// Who presents a credential. The handler's first parameter after the state is the caller, and what the caller
    /// may do is decided in core.
    Credential,
    /// Who brings a proof of another kind than a credential in a header, named here: an ID token, a refresh token…
    Proof(&'static str),
}

/// One operation of the API.
#[derive(Debug, Clone)]
pub struct Route {
    /// The method; `GET` answers `HEAD` too.
    pub method: Method,
    /// The path, as axum writes it.
    pub path: &'static str,
    /// Who is let in.
    pub policy: Policy,
}

/// The API while it is put together.
#[derive(Debug, Default)]
pub struct Api {
    router: Router<AppState>,
    routes: Vec<Route>,
}

impl Api {
    /// A route for everybody.
    #[must_use]
    pub fn public<H, T>(self, method: Method, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.with(method, path, Policy::Public, handler)
    }

    /// A route for who brings a `proof` that only the handler can look at.
    #[must_use]
    pub fn proof<H, T>(self, method: Method, path: &'static str, proof: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.with(method, path, Policy::Proof(proof), handler)
    }

    /// A route for who presents a credential: the compiler sees to it that the handler asks for one.
    #[must_use]
    pub fn guarded<H, T>(self, method: Method, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: AsksForCredential + 'static,
    {
        self.with(method, path, Policy::Credential, handler)
    }

    /// What there is, in the order it was added.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The router, without its layers.
    pub fn into_router(self) -> Router<AppState> {
        self.router
    }

    fn with<H, T>(mut self, method: Method, path: &'static str, policy: Policy, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.router = self.router.route(path, handler_of(&method, handler));
        self.routes.push(Route { method, path, policy });
        self
    }
}

fn handler_of<H, T>(method: &Method, handler: H) -> MethodRouter<AppState>
where
    H: Handler<T, AppState>,
    T: 'static,
{
    // A method that axum does not know would make a route that answers none.
    MethodFilter::try_from(method.clone()).map_or_else(|_| MethodRouter::new(), |filter| on(filter, handler))
}

/// The parameters of a handler whose first one after the state is the caller.
pub trait AsksForCredential {}

macro_rules! asks_for_credential {
    ($($caller:ty),*) => {
        $(
            impl<M> AsksForCredential for (M, State<AppState>, $caller) {}
            impl<M, A> AsksForCredential for (M, State<AppState>, $caller, A) {}
            impl<M, A, B> AsksForCredential for (M, State<AppState>, $caller, A, B) {}
            impl<M, A, B, C> AsksForCredential for (M, State<AppState>, $caller, A, B, C) {}
        )*
    };
}

asks_for_credential!(Caller, OwnToken, Presented);
