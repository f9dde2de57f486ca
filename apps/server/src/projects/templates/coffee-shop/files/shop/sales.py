import csv
from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Sale:
    day: str
    drink: str
    cups: int
    price: float

    @property
    def earned(self) -> float:
        return self.cups * self.price


def read_sales(path: str) -> list[Sale]:
    with open(path, newline="", encoding="utf-8") as file:
        return [
            Sale(row["day"], row["drink"], int(row["cups"]), float(row["price"]))
            for row in csv.DictReader(file)
        ]


def total_by(sales: list[Sale], column: str) -> dict[str, float]:
    totals: dict[str, float] = defaultdict(float)
    for sale in sales:
        totals[getattr(sale, column)] += sale.earned
    return dict(totals)
