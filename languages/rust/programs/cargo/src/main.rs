fn main() {
    println!("{}", shapes::area(12));
}
