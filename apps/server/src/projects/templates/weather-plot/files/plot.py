"""A line plot as SVG, which is text: every browser shows it."""

from html import escape

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 400, 50, 50, 110, 40
COLOURS = ["#2f55c0", "#b0284c", "#1c7356", "#865800", "#8b3aa0"]


def line_plot(title: str, labels: list[str], series: dict[str, list[float]]) -> str:
    values = [value for line in series.values() for value in line]
    low, high = min(0, *values), max(values) * 1.05

    def x(place: int) -> float:
        return LEFT + place * (WIDTH - LEFT - RIGHT) / (len(labels) - 1)

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    parts = [f'<text x="{LEFT}" y="28" font-size="18" font-weight="bold">{escape(title)}</text>']
    for step in range(int(low), int(high) + 1, 5):
        parts.append(f'<path d="M{LEFT} {y(step):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(step) + 4:.1f}" text-anchor="end">{step}</text>')
    for place, label in enumerate(labels):
        parts.append(f'<text x="{x(place):.1f}" y="{HEIGHT - 14}" text-anchor="middle">{escape(label)}</text>')
    for number, (name, line) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{x(place):.1f},{y(value):.1f}" for place, value in enumerate(line))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts.append(f'<text x="{x(len(line) - 1) + 8:.1f}" y="{y(line[-1]) + 4 + number:.1f}" fill="{colour}">{escape(name)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>{"".join(parts)}</svg>\n'
    )
