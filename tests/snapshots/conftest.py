"""Golden files: compared by default, written only when that is asked for in so many words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
_SWITCH = "--update-snapshots"
_HOW = f"review the difference, then run `pytest tests/snapshots {_SWITCH}`"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Known only when this folder is named on the command line, so that no run of all tests writes by accident."""
    parser.addoption(_SWITCH, action="store_true", help="write the golden files instead of comparing with them")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with the golden file of that name, or writes it."""
    update = bool(request.config.getoption(_SWITCH, default=False))

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            return
        if not path.is_file():
            pytest.fail(f"there is no golden file {name}; {_HOW}")
        assert text == path.read_text(), f"{name} differs from its golden file; {_HOW}"

    return check
