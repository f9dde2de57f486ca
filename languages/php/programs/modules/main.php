<?php
require 'shapes/square.php';

echo square(7), "\n";
