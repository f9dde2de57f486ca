COLOURS = [173, 179, 143, 109, 140, 174, 180]
WIDTH = 40


def draw(title: str, values: dict[str, float]) -> None:
    """Draws one coloured bar per value, the longest as wide as the chart."""
    print(f"\033[1m{title}\033[0m")
    largest = max(values.values())
    for place, (name, value) in enumerate(values.items()):
        bar = "█" * round(WIDTH * value / largest)
        print(f"  {name:<10} \033[38;5;{COLOURS[place % len(COLOURS)]}m{bar}\033[0m {value:.2f}")
    print()
