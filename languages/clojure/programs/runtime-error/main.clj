(println "before")
(throw (ex-info "too cold" {}))
