puts before
error "too cold"
