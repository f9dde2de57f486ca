import System.IO

main :: IO ()
main = do
  hSetBuffering stdout NoBuffering
  putStr "Your name? "
  name <- getLine
  putStr "Your age? "
  age <- readLn :: IO Int
  putStrLn (name ++ " will be " ++ show (age + 1) ++ " next year.")
