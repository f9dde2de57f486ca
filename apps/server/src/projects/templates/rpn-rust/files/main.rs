mod stack;

use stack::calculate;
use std::process::ExitCode;

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if given.is_empty() {
        println!("Give it an expression as arguments. For example:");
        for example in ["3 4 + 2 *", "10 4 3 - /"] {
            if let Ok(value) = calculate(example) {
                println!("{example} = {value}");
            }
        }
        return ExitCode::SUCCESS;
    }
    match calculate(&given.join(" ")) {
        Ok(value) => {
            println!("{value}");
            ExitCode::SUCCESS
        }
        Err(mistake) => {
            eprintln!("{mistake}");
            ExitCode::from(2)
        }
    }
}
