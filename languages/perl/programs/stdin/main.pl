use strict;
use warnings;

print "Your name? ";
chomp(my $name = <STDIN>);
print "Your age? ";
chomp(my $age = <STDIN>);
print "$name will be ", $age + 1, " next year.\n";
