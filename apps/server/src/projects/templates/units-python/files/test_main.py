"""Open this file and press Run: it tests the others."""

import unittest

from main import answer
from units import UnitError, convert


class Converting(unittest.TestCase):
    def test_there_and_back(self):
        self.assertAlmostEqual(convert(convert(42, "mi", "km"), "km", "mi"), 42)

    def test_temperatures(self):
        self.assertAlmostEqual(convert(-40, "C", "F"), -40)
        self.assertAlmostEqual(convert(0, "C", "K"), 273.15)

    def test_a_weight_is_no_length(self):
        with self.assertRaisesRegex(UnitError, "kg is a weight"):
            convert(1, "kg", "km")

    def test_the_answer_is_a_line(self):
        self.assertEqual(answer("2", "h", "min"), "2 h = 120 min")

    def test_words_are_no_numbers(self):
        with self.assertRaisesRegex(UnitError, "two is not a number"):
            answer("two", "h", "min")


if __name__ == "__main__":
    unittest.main()
