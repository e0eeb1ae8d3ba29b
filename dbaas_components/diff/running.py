"""Both sides found, evaluated, compared and judged: all of `dbaas diff` but its options and its output."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dbaas_components.cost.costs import estimate
from dbaas_components.cost.prices import PriceTable
from dbaas_components.diff.cache import content_key, find, keep, secret_key
from dbaas_components.diff.cluster_identity import without_targets
from dbaas_components.diff.compare import compare
from dbaas_components.diff.document import Document, with_secrets
from dbaas_components.diff.evaluating import Limits, evaluate_side
from dbaas_components.diff.failures import DiffError
from dbaas_components.diff.gate import choose, judged, policy_at
from dbaas_components.diff.report.model import Report, Side
from dbaas_components.diff.sources import Source, copied, find_source


@dataclass(frozen=True, slots=True)
class Options:
    """How to compare."""

    stack: str | None
    project: Path
    gate: Path | None
    seconds: float
    python: str
    cache: bool
    definitions: Path | None = None
    """Folder with the operators' published definitions, for programs that install them."""
    prices: PriceTable | None = None
    """What things cost, for the monthly cost before and after."""
    without_isolation: bool = False
    """Whether programs may run where this machine cannot cut them off from network and files."""
    readable: tuple[Path, ...] = ()
    """Folders beside the project that its programs may read, such as a site's own copies of charts."""


@dataclass(frozen=True, slots=True)
class _Evaluated:
    side: Side
    document: Document
    text: str = ""
    policy: str | None = None
    """The text of its gate's policy."""


def build_report(base: str, head: str, options: Options) -> Report:
    """The report of the changes from `base` to `head`. Raises `DiffError`."""
    sources = [find_source(name, options.project) for name in (base, head)]
    key = secret_key() if options.cache else secrets.token_bytes(32)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(_evaluated, source, options, key) for source in sources]
        before, after = (one.result() for one in waiting)
    changes = tuple(compare(before.document, after.document))
    notes = (*_versions(before.document.versions, after.document.versions), *_isolation(before.side, after.side))
    costs = estimate(before.document, after.document, options.prices) if options.prices is not None else None
    report = Report(after.document.stack, before.side, after.side, changes, notes=notes, costs=costs)
    # A saved graph has no policy with it; the project that the user stands in has one.
    beside = policy_at(options.project) if after.policy is None and sources[1].document is not None else after.policy
    gate = choose(options.gate, before.policy, beside)
    return judged(report, gate, datetime.now(UTC).date())


def save(name: str, to: Path, options: Options) -> None:
    """Writes the graph of one side; what is secret in it is left out. Raises `DiffError`."""
    found = _evaluated(find_source(name, options.project), replace(options, cache=False), secrets.token_bytes(32))
    if not found.text:
        raise DiffError(f'"{name}" is a saved graph already; name a revision or a folder')
    document = without_targets(with_secrets(json.loads(found.text), _nothing))
    to.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _nothing(_secret: Any) -> None:
    return None


def _evaluated(source: Source, options: Options, key: bytes) -> _Evaluated:
    if source.document is not None:
        return _Evaluated(Side(source.name, source.origin, source.document.versions), source.document)
    with copied(source) as folder:
        stack = options.stack or _only_stack(folder, source.name)
        policy = policy_at(folder)
        limits = Limits(
            seconds=options.seconds,
            cpu_seconds=int(options.seconds) + 1,
            isolated=not options.without_isolation,
            readable=tuple(path.resolve() for path in options.readable),
        )
        known = (stack, options.python, str(options.definitions), *map(str, limits.readable))
        name = content_key(folder, *known) if options.cache else ""
        kept = find(name) if name else None
        found = kept or evaluate_side(folder, stack, source.name, key, options.python, limits, options.definitions)
        if name and kept is None:
            keep(name, found.text, found.isolation)
    side = Side(source.name, source.origin, found.document.versions, found.isolation, kept is not None)
    return _Evaluated(side, found.document, found.text, policy)


def _only_stack(folder: Path, name: str) -> str:
    stacks = sorted(path.name.split(".")[1] for path in folder.glob("Pulumi.*.yaml"))
    if len(stacks) == 1:
        return stacks[0]
    there = f'"{name}" has {", ".join(stacks)}' if stacks else f'"{name}" has no Pulumi.<stack>.yaml'
    raise DiffError(f"no stack is named, and {there}; name one with --stack")


def _versions(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    names = sorted({*before, *after})
    return [
        f"{name}: {before.get(name, 'none')} evaluated the base, {after.get(name, 'none')} the head"
        for name in names
        if before.get(name) != after.get(name)
    ]


def _isolation(*sides: Side) -> list[str]:
    missing = {words for side in sides for words in side.isolation if "NOT" in words}
    return [f"isolation: {words}" for words in sorted(missing)]
