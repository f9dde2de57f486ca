source shapes/square.sh
square 7
