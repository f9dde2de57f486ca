# Press Run. The program asks for your name: type it into the line under the output.
import math
import time

RAINBOW = [203, 209, 221, 156, 86, 81, 111, 141, 207]


def paint(text, shift=0):
    """Gives every letter the next colour of the rainbow."""
    colours = (RAINBOW[(shift + place) % len(RAINBOW)] for place in range(len(text)))
    return "".join(f"\033[1;38;5;{colour}m{letter}" for colour, letter in zip(colours, text)) + "\033[0m"


print(paint("✦ Welcome to Atelier ✦"))
name = input("What is your name? ").strip() or "stranger"
print()

for step in range(24):
    indent = round(14 + 14 * math.sin(step / 4))
    print(" " * indent + paint(f"Hello, {name}!", step))
    time.sleep(0.04)

print()
print("Change a line of the program, press Run again, and see what happens.")
