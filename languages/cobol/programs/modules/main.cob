identification division.
program-id. area.
data division.
working-storage section.
01 side pic 99 value 7.
01 squared pic 9(4).
01 shown pic zzz9.
procedure division.
    call "square" using side squared.
    move squared to shown.
    display function trim(shown).
    stop run.
