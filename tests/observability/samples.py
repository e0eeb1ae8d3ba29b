"""Reads what a metrics endpoint answers in Prometheus' text format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_LINE: Final = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
_LABEL: Final = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Sample:
    """One line: a metric with its labels and its value."""

    name: str
    labels: dict[str, str]
    value: float

    def has(self, **labels: str) -> bool:
        """Whether it bears all these labels."""
        return labels.items() <= self.labels.items()


def samples(text: str) -> Iterator[Sample]:
    """Every sample. Raises `ValueError` for a line that is none."""
    for line in text.splitlines():
        if line and not line.startswith("#"):
            match = _LINE.match(line)
            if match is None:
                raise ValueError(f"not a sample: {line!r}")
            name, labels, value = match.groups()
            yield Sample(name, dict(_LABEL.findall(labels or "")), float(value))
