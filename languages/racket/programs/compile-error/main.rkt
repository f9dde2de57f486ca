#lang racket/base
(displayln missing)
