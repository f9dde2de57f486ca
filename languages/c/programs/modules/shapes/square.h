int square(int side);
