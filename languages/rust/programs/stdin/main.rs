use std::io::{self, Write};

fn ask(question: &str) -> String {
    print!("{question}");
    io::stdout().flush().unwrap();
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).unwrap();
    answer.trim().to_string()
}

fn main() {
    let name = ask("Your name? ");
    let age: u32 = ask("Your age? ").parse().expect("a number");
    println!("{name} will be {} next year.", age + 1);
}
