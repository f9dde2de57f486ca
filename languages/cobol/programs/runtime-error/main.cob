identification division.
program-id. fails.
procedure division.
    display "before".
    call "too-cold".
    stop run.
