<?php
echo "before\n";
throw new RuntimeException("too cold");
