"""`make bench`: every measurement of issue and docs, as a table on the screen and as JSON.

Limits are shown beside each figure and never asserted: a loaded machine must not fail a build.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Collection
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from dbaas_components.bootstrap.definition_sources import definitions_beside
from embedded.progress import ConsoleReport, Report
from tests.bench import diff, evaluate, fully_specified, imports, local_run, preview
from tests.bench.rows import rows_of

PROJECT = Path(__file__).resolve().parents[2]
PARTS = ("imports", "evaluate", "preview", "diff", "local_run")


def main(
    only: Annotated[str, typer.Option(help="Only these parts: preview, diff, evaluate, imports, local_run.")] = "",
    quick: Annotated[bool, typer.Option(help="Fewer repetitions and no large sizes: to try the benchmark.")] = False,
    output: Annotated[Path, typer.Option(help="Where to write the JSON.")] = PROJECT / "bench-results.json",
) -> None:
    """Measures and prints; takes about 25 minutes on two cores."""
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="dbaas-bench-bytecode-") as bytecode:
        # As in an installation: where Python may write no bytecode, ours would be compiled by every process, and that
        # of the libraries, which were installed with theirs, by none.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = bytecode
        results = _measured(ConsoleReport(console), set(only.split(",")) if only else PARTS, quick)
    output.write_text(json.dumps(results, indent=2) + "\n")
    Console(width=140).print(_table(results))
    console.print(f"written to {output}", highlight=False)


def _measured(report: Report, wanted: Collection[str], quick: bool) -> dict[str, Any]:
    results: dict[str, Any] = {
        "machine": {"processors": len(_processors()), "python": platform.python_version(), "system": platform.system()},
        "versions": {name: version(name) for name in ("pulumi", "pulumi-kubernetes", "pydantic")},
    }
    if "imports" in wanted:
        results["imports"] = imports.measure(3 if quick else 9)
    if "evaluate" in wanted:
        with report.task("evaluate"):
            rows = evaluate.measure((100, 300) if quick else evaluate.SIZES, 1 if quick else 5)
            full = fully_specified.measure((100,) if quick else fully_specified.SIZES)
        results["evaluate"] = {"rows": rows, "exponents": evaluate.exponents(rows), "fully_specified": full}
    if "preview" in wanted:
        results["preview"] = preview.measure(report, (100,) if quick else preview.SIZES, 1 if quick else 3)
        results["preview"] += preview.measure(report, (100,) if quick else preview.SIZES, 1 if quick else 3, full=True)
    if "diff" in wanted:
        rows = diff.measure((20, 40) if quick else diff.SIZES, 1 if quick else 3)
        results["diff"] = {"rows": rows, "exponent": diff.exponent(rows)}
    if "local_run" in wanted:
        results["local_run"] = local_run.measure(report, definitions_beside(PROJECT), 1 if quick else 3)
    return results


def _processors() -> set[int]:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))


def _table(results: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title, justify in (("what", "left"), ("figure", "right"), ("limit", "right"), ("met", "left"), ("how", "left")):
        table.add_column(title, justify=justify)  # type: ignore[arg-type]
    for row in rows_of(results):
        met = "" if row.met is None else "yes" if row.met else "NO"
        limit = "-" if row.limit is None else f"{row.limit:g}{row.unit}"
        table.add_row(
            row.what, f"{row.figure:g}{row.unit}", limit, met, row.how, style=None if row.met is not False else "red"
        )
    return table


if __name__ == "__main__":
    typer.run(main)
