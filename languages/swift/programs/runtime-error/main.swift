import Glibc

print("before")
fflush(stdout)
fatalError("too cold")
