"""What is taken for a password or a key in a text, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

import dbaas_components
from dbaas_components.policy.fragments import manifest
from dbaas_components.policy.inventory import from_examples
from dbaas_components.policy.rules import RULES

(RULE,) = (rule for rule in RULES if rule.id == "secrets/no-giveaway")
PROGRAMS = sorted(Path(dbaas_components.__file__).parent.rglob("*.py"))


def found(text: str) -> bool:
    item = manifest("v1", "ConfigMap", {"data": {"file": text}})
    return bool(list(RULE.violations(from_examples([item]))))


@pytest.mark.parametrize(
    "line",
    [
        "password = correct-horse",
        "password=correct-horse",
        "db.password: correct-horse",
        "  PASSWORD: 'correct-horse'",
        'password = "correct(horse)"',
        "aws_secret_key: correct-horse",
    ],
)
def test_a_value_is_found(line: str) -> None:
    assert found(f"# settings\n{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "password = read_it(file)",
        "    password=source.password_file.read_text(encoding='utf-8'),",
        "password = ${PASSWORD}",
        "password: <from the Secret>",
        "password_file: Path",
        "# password = nothing of the kind",
    ],
)
def test_a_program_or_a_place_to_fill_is_none(line: str) -> None:
    assert not found(f"# settings\n{line}\n")


@pytest.mark.parametrize("place", ["dr/agent", "dr/lease", "dr/failover", "bootstrap/in_cluster"])
def test_no_program_that_the_library_puts_into_a_config_map_is_one(place: str) -> None:
    programs = [one for one in PROGRAMS if place in one.as_posix()]
    assert len(programs) > 3
    assert [one.name for one in programs if found(one.read_text())] == []
