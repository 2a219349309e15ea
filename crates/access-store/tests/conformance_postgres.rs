//! The suite that every store must pass, run on PostgreSQL: one test a case, each in a database of its own.

use access_store::{PostgresOptions, PostgresSettings, PostgresStore};
use std::sync::Arc;

macro_rules! tests {
    ($($area:ident { $($case:ident)* })*) => {
        $(
            mod $area {
                use super::*;

                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $case() {
                        let name = format!("c_{}_{}", stringify!($area), stringify!($case));
                        let name = &name[..name.len().min(60)];
                        let run = |db: &str, sql: String| { assert!(std::process::Command::new("psql").args(["-q", "-h", "127.0.0.1", "-p", "5555", "-U", "postgres", db, "-c", &sql]).status().unwrap().success()); };
                        run("postgres", format!("DROP DATABASE IF EXISTS {name}"));
                        run("postgres", format!("CREATE DATABASE {name}"));
                        let settings = PostgresSettings::new(&format!("postgres://postgres@127.0.0.1:5555/{name}"), PostgresOptions { max_connections: 4, ..PostgresOptions::default() }).unwrap();
                        let store = PostgresStore::open(settings).await.unwrap();
                        access_store::conformance::$area::$case(Arc::new(store)).await;
                    }
                )*
            }
        )*
    };
}

access_store::for_each_conformance_case!(tests);
