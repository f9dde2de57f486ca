(ns shapes.square)

(defn square [side] (* side side))
