#lang racket/base
(displayln "before")
(error "too cold")
