//! Reverse Polish notation: numbers wait on a stack until a sign takes two of them.

#[derive(Debug, PartialEq)]
pub enum Mistake {
    NotANumber(String),
    TooFew(String),
    TooMany(usize),
    DividedByZero,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Mistake::NotANumber(word) => write!(out, "\"{word}\" is neither a number nor one of + - * /"),
            Mistake::TooFew(sign) => write!(out, "\"{sign}\" needs two numbers before it"),
            Mistake::TooMany(count) => write!(out, "{count} numbers are left over, one was expected"),
            Mistake::DividedByZero => write!(out, "nothing can be divided by zero"),
        }
    }
}

pub fn calculate(expression: &str) -> Result<f64, Mistake> {
    let mut stack: Vec<f64> = Vec::new();
    for word in expression.split_whitespace() {
        let value = match word {
            "+" | "-" | "*" | "/" => {
                let (Some(right), Some(left)) = (stack.pop(), stack.pop()) else {
                    return Err(Mistake::TooFew(word.to_string()));
                };
                match word {
                    "+" => left + right,
                    "-" => left - right,
                    "*" => left * right,
                    _ if right == 0.0 => return Err(Mistake::DividedByZero),
                    _ => left / right,
                }
            }
            _ => word.parse().map_err(|_| Mistake::NotANumber(word.to_string()))?,
        };
        stack.push(value);
    }
    match stack[..] {
        [value] => Ok(value),
        _ => Err(Mistake::TooMany(stack.len())),
    }
}
