fn main() {
    println!("{}", 2 * shapes::area(12));
}
