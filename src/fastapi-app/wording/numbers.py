"""Numbers as CLDR has them for a language: separators, the place of the currency and of the percent sign.

The browser writes the same by `Intl` (static/js/format.js); tests/fixtures/formats.json holds both to one list of examples.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from babel.core import Locale as CldrLocale
from babel.numbers import NumberPattern

DASH = "–"
"""Stands for a number that is not known; the reason is beside it."""
MINUS = "−"
"""The sign of a negative number: as wide as the digits, and no break after it, which a hyphen does not give."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Writes numbers in one language. Thousands are always grouped; a tie is rounded away from zero."""

    separators: dict[int, str]
    euro: tuple[str, str]
    percent: tuple[str, str]
    """What stands before and after the digits."""

    def plain(self, value: float, digits: int) -> str:
        """A number with a fixed count of decimals. Never "-0"."""
        rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        sign = MINUS if rounded < 0 else ""
        return sign + f"{abs(rounded):,f}".translate(self.separators)

    def euros(self, value: float, digits: int) -> str:
        """An amount of money with its sign of currency."""
        return self._around(self.euro, self.plain(value, digits))

    def percents(self, value: float, digits: int) -> str:
        """A share given in percent."""
        return self._around(self.percent, self.plain(value, digits))

    @staticmethod
    def _around(ends: tuple[str, str], text: str) -> str:
        """A number between what CLDR has before and after it; its minus sign comes first of all."""
        before, after = ends
        return f"{MINUS}{before}{text.removeprefix(MINUS)}{after}" if text.startswith(MINUS) else f"{before}{text}{after}"


def numbers_of(cldr: CldrLocale) -> Numbers:
    """The rules of a language."""
    symbols = cldr.number_symbols["latn"]
    return Numbers(
        separators={ord(","): symbols["group"], ord("."): symbols["decimal"]},
        euro=_ends(cldr.currency_formats["standard"], "¤", "€"),
        percent=_ends(cldr.percent_formats[None], "%", symbols["percentSign"]),
    )


def _ends(pattern: NumberPattern, mark: str, sign: str) -> tuple[str, str]:
    """What CLDR has before and after the digits, with the sign in the place of its mark."""
    return pattern.prefix[0].replace(mark, sign), pattern.suffix[0].replace(mark, sign)
