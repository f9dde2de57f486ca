mod shapes;

fn main() {
    let side: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    println!("{}", shapes::square::area(side));
}
