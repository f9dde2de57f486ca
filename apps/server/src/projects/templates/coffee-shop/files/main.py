"""A week in a coffee shop: reads data/sales.csv and draws what was sold."""

from shop.chart import draw
from shop.sales import read_sales, total_by

sales = read_sales("data/sales.csv")

draw("Earned per day, €", total_by(sales, "day"))
draw("Earned per drink, €", total_by(sales, "drink"))

best = max(sales, key=lambda sale: sale.earned)
print(f"The best line of the week: {best.cups} × {best.drink} on {best.day}, {best.earned:.2f} €.")
