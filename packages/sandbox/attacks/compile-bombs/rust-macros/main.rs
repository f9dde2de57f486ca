#![recursion_limit = "1000000"]
macro_rules! bomb { ($($x:tt)*) => { bomb!($($x)* $($x)* x); }; }
const X: u64 = { let mut i = 0; while i < u64::MAX { i += 1; } i };
fn main() { bomb!(a); println!("{}", X); }
