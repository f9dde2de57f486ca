disp(square(7))
