say "never";
say $missing;
