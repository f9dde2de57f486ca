identification division.
program-id. broken.
procedure division.
    display missing-thing.
    stop run.
