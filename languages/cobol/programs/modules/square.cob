identification division.
program-id. square.
data division.
linkage section.
01 side pic 99.
01 squared pic 9(4).
procedure division using side squared.
    multiply side by side giving squared.
    goback.
end program square.
