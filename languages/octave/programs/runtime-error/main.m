disp("before")
error("too cold")
