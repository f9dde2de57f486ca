"""Mazes with the number of steps that the shortest way has; None: there is none."""

LARGE = ["#" * 41] + ["#" + ("." * 39 if row % 2 == 0 else "#" * 38 + "." if row % 4 == 1 else "." + "#" * 38) + "#" for row in range(21)] + ["#" * 41]
LARGE[1] = "#S" + LARGE[1][2:]
LARGE[21] = LARGE[21][:-2] + "E#"

MAZES = {
    "walled in": (["S#E"], None),
    "walled in on all sides": (["####E", "#S#..", "####."], None),
    "a corridor": (["S...E"], 4),
    "around the corner": (["S#.", ".#.", "..E"], 4),
    "two ways": (["S....", ".###.", ".###.", "....E"], 7),
    "a large maze": (LARGE, 438),
}


def problem_of(maze, steps, way):
    """What is wrong with the way, or None."""
    if way is None:
        return None if steps is None else f"expected a way of {steps} steps, and you gave none"
    if steps is None:
        return "there is no way, but you gave one"
    for (row, column), (next_row, next_column) in zip(way, way[1:]):
        if abs(row - next_row) + abs(column - next_column) != 1:
            return f"from {row, column} to {next_row, next_column} is no step"
    if any(maze[row][column] == "#" for row, column in way):
        return "it leads through a wall"
    ends = maze[way[0][0]][way[0][1]] + maze[way[-1][0]][way[-1][1]]
    if ends != "SE":
        return "it has to lead from S to E"
    return None if len(way) - 1 == steps else f"it has {len(way) - 1} steps, {steps} are possible"


def check_all(shortest_way) -> int:
    right, following = 0, None
    for name, (maze, steps) in MAZES.items():
        try:
            problem = problem_of(maze, steps, shortest_way(maze))
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        print(f"✓ {name}" if problem is None else f"✗ {name}: {problem}")
        right += problem is None
        following = following or (None if problem is None else name)
    print(f"\n{right} of {len(MAZES)} are right.", f"Next: {following}" if following else "You found the way out!")
    return 0 if following is None else 1
