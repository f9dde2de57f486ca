println "Hello from Groovy!"
