say "before";
die "too cold";
