unit module Square;

sub area(Int $side) is export { $side ** 2 }
