cat("never\n"
}
