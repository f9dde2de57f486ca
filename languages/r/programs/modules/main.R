source("shapes/square.R")

cat(square(7), "\n", sep = "")
