//! The suite that every store must pass, run on SQLite: one test a case.

use access_store::SqliteStore;
use std::sync::Arc;

macro_rules! tests {
    ($($area:ident { $($case:ident)* })*) => {
        $(
            mod $area {
                use super::*;

                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $case() {
                        let folder = tempfile::tempdir().unwrap();
                        let store = SqliteStore::open(&folder.path().join("test.db")).unwrap();
                        access_store::conformance::$area::$case(Arc::new(store)).await;
                    }
                )*
            }
        )*
    };
}

access_store::for_each_conformance_case!(tests);
