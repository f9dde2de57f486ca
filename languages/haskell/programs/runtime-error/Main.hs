import System.IO

main :: IO ()
main = do
  putStrLn "before"
  hFlush stdout
  error "too cold"
