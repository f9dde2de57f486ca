identification division.
program-id. ask.
data division.
working-storage section.
01 person pic x(20).
01 age pic 999.
01 shown pic zz9.
procedure division.
    display "Your name? " with no advancing.
    accept person.
    display "Your age? " with no advancing.
    accept age.
    add 1 to age giving shown.
    display function trim(person) " will be " function trim(shown) " next year.".
    stop run.
