fn main() {
    let age: u32 = "36";
    println!("{age}");
}
