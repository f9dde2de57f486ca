#include "main.c"
#include "main.c"
#include __FILE__
