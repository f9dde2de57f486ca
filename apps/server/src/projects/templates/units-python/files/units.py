"""What a unit is worth, in the first unit of its kind."""

KINDS = {
    "length": {"m": 1.0, "km": 1000.0, "cm": 0.01, "mi": 1609.344, "ft": 0.3048, "in": 0.0254},
    "weight": {"kg": 1.0, "g": 0.001, "lb": 0.45359237, "oz": 0.028349523125},
    "time": {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0},
}
TEMPERATURES = {"C": (1.0, 0.0), "F": (5 / 9, -160 / 9), "K": (1.0, -273.15)}


class UnitError(Exception):
    """A sentence for the person who typed it."""


def known_units() -> list[str]:
    return [unit for units in KINDS.values() for unit in units] + list(TEMPERATURES)


def kind_of(unit: str) -> str:
    if unit in TEMPERATURES:
        return "temperature"
    for kind, units in KINDS.items():
        if unit in units:
            return kind
    raise UnitError(f"there is no unit {unit} here; there is {', '.join(known_units())}")


def convert(amount: float, given: str, wanted: str) -> float:
    kind, other = kind_of(given), kind_of(wanted)
    if kind != other:
        raise UnitError(f"{given} is a {kind}, {wanted} is a {other}: there is no way between them")
    if kind == "temperature":
        factor, offset = TEMPERATURES[given]
        back, back_offset = TEMPERATURES[wanted]
        return (amount * factor + offset - back_offset) / back
    return amount * KINDS[kind][given] / KINDS[kind][wanted]
