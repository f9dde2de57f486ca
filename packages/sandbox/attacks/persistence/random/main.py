import random, os, uuid
first = "%s" % random.random()
print(first)
