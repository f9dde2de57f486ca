<?php
function square(int $side): int
{
    return $side * $side;
}
