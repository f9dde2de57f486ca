use lib '.';
use Shapes::Square;

print Shapes::Square::area(7), "\n";
