$| = 1;
print "before\n";
die "too cold";
