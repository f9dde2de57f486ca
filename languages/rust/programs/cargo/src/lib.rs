pub fn area(side: u64) -> u64 {
    side * side
}
