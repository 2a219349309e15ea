//! docs/accessd.md against the settings there are.

use accessd::settings::keys::ALL;

const PAGE: &str = include_str!("../../../../docs/accessd.md");

#[test]
fn every_setting_stands_on_the_page_with_its_variable_and_default() {
    let rows: Vec<&str> = PAGE.lines().filter(|line| line.contains("` | `ACCESSD_")).collect();
    let names: Vec<&str> = rows.iter().filter_map(|row| row.split('`').nth(1)).collect();
    let keys: Vec<&str> = ALL.iter().map(|key| key.name).collect();
    assert_eq!(names, keys, "one row each, in the order in which they are printed");
    for (row, key) in rows.iter().zip(ALL) {
        let default = if key.default.is_empty() { "empty" } else { key.default };
        let begin = format!("| `{}` | `{}` | {default} | ", key.name, key.variable());
        assert!(row.starts_with(&begin), "{begin}: {row}");
    }
}
