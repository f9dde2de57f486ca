BEGIN { printf "Your name? " }
NR == 1 { name = $0; printf "Your age? " }
NR == 2 { print name " will be " $1 + 1 " next year." }
