<?php
echo "Your name? ";
$name = trim(fgets(STDIN));
echo "Your age? ";
$age = (int) fgets(STDIN);
echo "$name will be " . ($age + 1) . " next year.\n";
