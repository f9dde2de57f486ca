module Shapes.Square (square) where

square :: Int -> Int
square side = side * side
