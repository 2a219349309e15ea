//! Times of the hot functions (`cargo bench -p bench`); with `--repeat NAME COUNT` it runs one of them so often and
//! nothing else, for scripts/bench-instructions.

#![expect(clippy::expect_used, reason = "nobody's data depends on it")]

mod functions;

use divan::Bencher;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--names"] => functions::NAMES.iter().for_each(|name| println!("{name}")),
        ["--repeat", name, count] => {
            let function = functions::function(name).expect("a name of --names");
            (0..count.parse().expect("a number")).for_each(|_: u32| function());
        }
        _ => divan::main(),
    }
}

#[divan::bench(args = functions::NAMES)]
fn hot(bencher: Bencher<'_, '_>, name: &str) {
    let function = functions::function(name).expect("a name of NAMES");
    bencher.bench_local(function);
}
