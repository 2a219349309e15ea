//! The tests that docs/compatibility.md names are there.

const PAGE: &str = include_str!("../../docs/compatibility.md");
const MODULES: &str = include_str!("main.rs");
const API_MODULES: &str = include_str!("../../crates/accessd/tests/api/main.rs");

#[test]
fn every_call_of_a_client_has_its_test() {
    let table =
        PAGE.split_once("\n## Clients, calls and answers\n").unwrap().1.split_once("\n## ").unwrap().0;
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 20, "{rows:?}");
    for row in rows {
        let column = row.trim_end_matches(" |").rsplit_once(" | ").unwrap().1;
        let named: Vec<&str> = column.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test: {row}");
        for name in named {
            let (modules, name) = match name.strip_prefix("api/") {
                Some(name) => (API_MODULES, name),
                None => (MODULES, name),
            };
            assert!(modules.contains(&format!("\nmod {name};\n")), "there is no {name}: {row}");
        }
    }
}
