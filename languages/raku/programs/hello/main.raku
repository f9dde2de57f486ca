say "Hello from Raku!";
