BEGIN {
  print "before"
  fflush()
  print 1 / none
}
