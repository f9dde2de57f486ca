fn main() {
    println!("before");
    let numbers = [1u8, 200];
    let sum: u8 = numbers.iter().sum::<u8>() + numbers[1];
    println!("{sum}");
}
