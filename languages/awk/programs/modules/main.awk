@include "square.awk"

BEGIN { print square(7) }
