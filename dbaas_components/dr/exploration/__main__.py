"""Runs the explorations and prints what they found: `python -m dbaas_components.dr.exploration [--long]`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from dbaas_components.dr.exploration.progress import progress
from dbaas_components.dr.exploration.scenarios import FAST, LONG
from dbaas_components.dr.exploration.search import explore


def main(
    long: Annotated[bool, typer.Option("--long", help="Also the longer ones: three regions, more requests.")] = False,
) -> None:
    """Explores every state of the role machine with its lease; exits 1 where one violates an invariant."""
    failed = False
    for scenario in (*FAST, *LONG) if long else FAST:
        found = explore(scenario, keep=True)
        typer.echo(found.told())
        after = progress(scenario, found.worlds)
        typer.echo(
            f"  one primary after at most {after.longest} moves once nothing fails; "
            f"{after.without_proof + after.unprovable:,} states need an override"
        )
        for line in after.stuck:
            typer.echo(f"  stuck: {line}")
        failed = failed or found.violation is not None or bool(after.stuck) or not found.complete
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    typer.run(main)
