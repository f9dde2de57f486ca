// Open this file and press Run: it tests stack.rs.
mod stack;

use stack::{calculate, Mistake};

fn signs() {
    assert_eq!(calculate("3 4 + 2 *"), Ok(14.0));
    assert_eq!(calculate("10 4 3 - /"), Ok(10.0));
}

fn too_few_numbers() {
    assert_eq!(calculate("1 +"), Err(Mistake::TooFew("+".into())));
}

fn left_over() {
    assert_eq!(calculate("1 2"), Err(Mistake::TooMany(2)));
    assert_eq!(calculate(""), Err(Mistake::TooMany(0)));
}

fn other_mistakes() {
    assert_eq!(calculate("1 x +"), Err(Mistake::NotANumber("x".into())));
    assert_eq!(calculate("1 0 /").unwrap_err().to_string(), "nothing can be divided by zero");
}

fn main() {
    let tests: [(&str, fn()); 4] = [
        ("signs", signs),
        ("too few numbers", too_few_numbers),
        ("left over", left_over),
        ("other mistakes", other_mistakes),
    ];
    let mut failed = 0;
    for (name, test) in tests {
        let passed = std::panic::catch_unwind(test).is_ok();
        println!("{}  {name}", if passed { "ok  " } else { "FAIL" });
        failed += usize::from(!passed);
    }
    if failed > 0 {
        println!("{failed} of {} tests failed", tests.len());
        std::process::exit(1);
    }
    println!("{} tests, all well", tests.len());
}
