println "never"
if (
