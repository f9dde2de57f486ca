import Shapes.Square (square)

main :: IO ()
main = print (square 7)
