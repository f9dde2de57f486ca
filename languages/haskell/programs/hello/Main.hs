main :: IO ()
main = putStrLn "Hello from Haskell!"
