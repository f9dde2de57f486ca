"""Converts between units:  main.py 26.2 mi km"""

import sys

from units import UnitError, convert, known_units

EXAMPLES = [("5", "km", "mi"), ("20", "C", "F"), ("1", "lb", "g")]


def answer(amount: str, given: str, wanted: str) -> str:
    try:
        number = float(amount)
    except ValueError:
        raise UnitError(f"{amount} is not a number") from None
    return f"{number:g} {given} = {convert(number, given, wanted):.6g} {wanted}"


def main(arguments: list[str]) -> int:
    try:
        if not arguments:
            print("Give it three arguments: an amount, its unit, the unit you want. For example:")
            for example in EXAMPLES:
                print("  " + answer(*example))
            print("Units:", ", ".join(known_units()))
        elif len(arguments) == 3:
            print(answer(*arguments))
        else:
            raise UnitError("three arguments are needed, as in: 26.2 mi km")
    except UnitError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
