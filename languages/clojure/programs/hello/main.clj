(println "Hello from Clojure!")
