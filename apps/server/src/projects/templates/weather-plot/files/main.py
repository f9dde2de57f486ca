"""How warm is it, month by month? Reads data/temperatures.csv, prints a table, draws plot.svg."""

import csv
from pathlib import Path
from statistics import mean

from plot import line_plot

with open("data/temperatures.csv", newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file))

months = [row["month"] for row in rows]
cities = {city: [float(row[city]) for row in rows] for city in rows[0] if city != "month"}

print(f"{'°C':<10} {'mean':>6}  {'warmest':>7} {'coldest':>7}")
for city, values in cities.items():
    print(f"{city:<10} {mean(values):>6.1f} {max(values):>7.1f} {min(values):>7.1f}")

Path("plot.svg").write_text(line_plot("Mean temperature, °C", months, cities), encoding="utf-8")
print("\nThe plot is in plot.svg.")
