#lang racket/base
(require "shapes/square.rkt")
(displayln (square 7))
