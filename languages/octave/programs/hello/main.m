disp("Hello from Octave!")
