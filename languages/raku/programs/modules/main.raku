use Square;

say area(7);
