"""Kubernetes quantities (`500m`, `10Gi`, `1e3`): read, compare, print. Exact: no floats."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

# Kubernetes API machinery, resource.Quantity: either a binary or a decimal suffix or an exponent.
_BINARY: Final = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_DECIMAL: Final = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "": Fraction(1),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
    "P": Fraction(10**15),
    "E": Fraction(10**18),
}
_QUANTITY = re.compile(
    r"(?P<number>[+-]?(\d+(\.\d*)?|\.\d+))(?P<suffix>[KMGTPE]i|[numkMGTPE]?|[eE][+-]?\d{1,3})", re.ASCII
)
_LARGEST = 2**63 - 1
# Python's own arithmetic takes its time over thousands of digits, and nobody means them.
_LONGEST_TEXT = 100


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """An exact amount, and the form it was written in.

    Two quantities are equal if their amounts are: `1Gi` and `1024Mi`, `0.5` and `500m`.
    """

    amount: Fraction
    binary: bool = False
    """Whether it prints with Ki, Mi, Gi rather than k, M, G."""

    @classmethod
    @lru_cache(maxsize=4_096)  # A thousand databases ask for the same few sizes, and exact fractions take their time.
    def parse(cls, text: str) -> Quantity:
        """The quantity that `text` stands for, in the notation of Kubernetes.

        Raises `ValueError` for anything that Kubernetes would refuse (another suffix such as `10GB`, a space, a
        lower-case `gi`) and for amounts above 2^63 - 1, which it would cut without a word.
        """
        from dbaas_components.errors import shown

        if len(text) > _LONGEST_TEXT or (match := _QUANTITY.fullmatch(text)) is None:
            raise ValueError(f"{shown(text)} is not a quantity; write a number with Ki, Mi, Gi or Ti, such as 10Gi")
        number, suffix = Fraction(Decimal(match["number"])), match["suffix"]
        binary = suffix in _BINARY
        if binary:
            amount = number * _BINARY[suffix]
        elif suffix in _DECIMAL:
            amount = number * _DECIMAL[suffix]
        else:
            amount = number * Fraction(10) ** int(suffix[1:])
        if abs(amount) > _LARGEST:
            raise ValueError(f"{shown(text)} is larger than Kubernetes can hold (8Ei); write less")
        return cls(amount, binary)

    def __eq__(self, other: object) -> bool:
        return self.amount == other.amount if isinstance(other, Quantity) else NotImplemented

    def __lt__(self, other: Quantity) -> bool:
        # In whole numbers: a comparison of fractions asks first what kind of number each is, which takes five times as
        # long, and every database compares a dozen.
        return self.amount.numerator * other.amount.denominator < other.amount.numerator * self.amount.denominator

    def __le__(self, other: Quantity) -> bool:
        return not other < self

    def __gt__(self, other: Quantity) -> bool:
        return other < self

    def __ge__(self, other: Quantity) -> bool:
        return not self < other

    def __hash__(self) -> int:
        return hash(self.amount)

    def __mul__(self, factor: int) -> Quantity:
        return Quantity(self.amount * factor, self.binary)

    def __str__(self) -> str:
        """The shortest exact form: the largest suffix that leaves a whole number, as Kubernetes itself writes it."""
        if self.amount == 0:
            return "0"
        if self.binary and self.amount.denominator == 1:
            for suffix, factor in reversed(_BINARY.items()):
                if self.amount % factor == 0:
                    return f"{self.amount // factor}{suffix}"
            return str(self.amount.numerator)
        for suffix, factor in reversed(_DECIMAL.items()):
            whole = self.amount / factor
            if whole.denominator == 1:
                return f"{whole.numerator}{suffix}"
        # Kubernetes rounds what is finer than a billionth up, away from zero.
        billionths = self.amount / _DECIMAL["n"]
        rounded = -(-billionths.numerator // billionths.denominator) if billionths > 0 else billionths.__floor__()
        # Rounding may have made it a whole number of something larger: 999.5n is 1u.
        return str(Quantity(rounded * _DECIMAL["n"]))
