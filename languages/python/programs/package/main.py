import sys

from shapes.square import area

print(area(int(sys.argv[1])))
