//! The suite that every store must pass, run on a real PostgreSQL: one test a case, each in a database of its own.

use access_store::{PostgresOptions, PostgresSettings, PostgresStore};
use std::sync::Arc;
use testkit::Postgres;

macro_rules! tests {
    ($($area:ident { $($case:ident)* })*) => {
        $(
            mod $area {
                use super::*;

                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $case() {
                        let database = Postgres::shared().database();
                        // One that writes, one that reads, two for lists.
                        let options = PostgresOptions { max_connections: 4, ..PostgresOptions::default() };
                        // A busy machine takes its time to let somebody in.
                        let url = database.url_with_password() + "?connect_timeout=60";
                        let settings = PostgresSettings::new(&url, options).unwrap();
                        let store = PostgresStore::open(settings).await.unwrap();
                        access_store::conformance::$area::$case(Arc::new(store)).await;
                    }
                )*
            }
        )*
    };
}

access_store::for_each_conformance_case!(tests);
