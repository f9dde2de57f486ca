#lang racket/base
(displayln "Hello from Racket!")
