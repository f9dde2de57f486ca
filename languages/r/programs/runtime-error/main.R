cat("before\n")
stop("too cold")
