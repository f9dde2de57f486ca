"""One solution: a search in widening circles. Try it yourself first!"""

import sys
from collections import deque
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))

from check import check_all
from maze import find


def shortest_way(maze):
    start, exit = find(maze, "S"), find(maze, "E")
    came_from = {start: None}
    waiting = deque([start])
    while waiting:
        place = waiting.popleft()
        if place == exit:
            way = []
            while place is not None:
                way.append(place)
                place = came_from[place]
            return way[::-1]
        row, column = place
        for step in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            inside = 0 <= step[0] < len(maze) and 0 <= step[1] < len(maze[step[0]])
            if inside and step not in came_from and maze[step[0]][step[1]] != "#":
                came_from[step] = place
                waiting.append(step)
    return None


sys.exit(check_all(shortest_way))
