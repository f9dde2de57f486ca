use std::io::{self, BufRead, Write};

fn parse(line: &str) -> Result<Vec<f64>, String> {
    line.split_whitespace()
        .map(|word| word.parse().map_err(|_| format!("\"{word}\" is not a number")))
        .collect()
}

fn main() -> io::Result<()> {
    print!("Some numbers, with spaces between: ");
    io::stdout().flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;

    match parse(&line) {
        Err(problem) => println!("Sorry, {problem}."),
        Ok(numbers) if numbers.is_empty() => println!("No numbers, no answers."),
        Ok(mut numbers) => {
            numbers.sort_by(f64::total_cmp);
            let sum: f64 = numbers.iter().sum();
            println!("sorted:  {numbers:?}");
            println!("sum:     {sum}");
            println!("average: {:.2}", sum / numbers.len() as f64);
        }
    }
    Ok(())
}
