-- What the program reads, one row per line.
CREATE TABLE input(line TEXT);
.import /dev/stdin input
SELECT 'Your name? Your age? ' || (SELECT line FROM input WHERE rowid = 1) || ' will be ' || ((SELECT line FROM input WHERE rowid = 2) + 1) || ' next year.';
