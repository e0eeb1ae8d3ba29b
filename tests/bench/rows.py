"""What was measured as rows for people: the figure, its limit, and whether it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One figure."""

    what: str
    figure: float
    limit: float | None
    """The most that it may be; None where nothing was promised."""
    how: str
    """What it was made of."""
    unit: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the limit is kept; None without one."""
        return None if self.limit is None else self.figure <= self.limit


def rows_of(results: dict[str, Any]) -> Iterator[Row]:
    """The rows of everything that `results` hold."""
    for row in results.get("preview", []):
        what = f"(a) preview of {row['size']} {'fully specified ' if row['full'] else ''}databases, over by hand"
        yield Row(what, row["cpu_ratio"], 1.05, f"{row['components']} s over {row['by_hand']} s of CPU")
    yield from _evaluated(results.get("evaluate", {}))
    if row := results.get("imports"):
        how = f"{row['dbaas_components']} s over {row['pulumi_kubernetes']} s; cloud SDKs: {row['cloud_sdks_loaded']}"
        yield Row("(c) import, over pulumi_kubernetes", row["cpu_ratio"], 1.25, how)
        how = f"{row['with_first_database']} s with everything that a first database loads"
        yield Row("    and a first database rendered", row["cpu_ratio_with_first_database"], None, how)
    yield from _compared(results.get("diff", {}))
    if row := results.get("local_run"):
        yield Row("(d) make up without a change", row["unchanged_up"], 15, f"first: {row['first_up']} s", " s")
        how = f"first: {row['control_plane_first_start']} s"
        yield Row("(d) control plane ready", row["control_plane_start"], 5, how, " s")


def _compared(found: dict[str, Any]) -> Iterator[Row]:
    for row in found.get("rows", []):
        how = f"{row['cpu_seconds']} s of CPU; with the base from the cache: {row['cached_seconds']} s"
        limit = {200: 4.0, 1000: 15.0}.get(row["size"])
        yield Row(f"(e) diff of {row['size']} databases, 10 changes", row["seconds"], limit, how, " s")
    if found.get("exponent") is not None:
        yield Row("(e) growth exponent of diff", found["exponent"], 1.10, "CPU seconds, fitted over the sizes")


def _evaluated(found: dict[str, Any]) -> Iterator[Row]:
    for row in found.get("rows", []):
        if row["variant"] == "components":
            what = f"(b) evaluate {row['size']} databases"
            how = f"{row['cpu_seconds']} s of CPU, {row['peak_mib']} MiB"
            yield Row(f"{what}, over by hand", row["cpu_ratio_by_hand"], 1.15, how)
            yield Row(f"{what}, over by hand with the SDK's mocks", row["cpu_ratio_plain"], None, how)
    for row in found.get("fully_specified", []):
        parsed = row["parsed_and_rendered_cpu_seconds"]
        how = f"{row['cpu_seconds']} s over {row['by_hand_cpu_seconds']} s; parsed and rendered alone: {parsed} s"
        what = f"(b) evaluate {row['size']} fully specified databases, over by hand"
        yield Row(what, row["cpu_ratio_by_hand"], 1.15, how)
    for variant, exponent in found.get("exponents", {}).items():
        limit = 1.10 if variant == "components" else None
        yield Row(f"(b) growth exponent, {variant}", exponent, limit, "fitted over the sizes")
