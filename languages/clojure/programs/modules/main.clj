(require '[shapes.square :refer [square]])
(println (square 7))
