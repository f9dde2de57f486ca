my $name = prompt "Your name? ";
my $age = prompt "Your age? ";
say "$name will be { $age + 1 } next year.";
