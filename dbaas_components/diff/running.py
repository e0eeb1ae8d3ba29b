"""Both sides found, evaluated, compared and judged: all of `dbaas diff` but its options and its output."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from dbaas_components.cost.costs import estimate
from dbaas_components.cost.prices import PriceTable
from dbaas_components.diff.cache import content_key, find, keep, secret_key
from dbaas_components.diff.cluster_identity import without_targets
from dbaas_components.diff.compare import compare
from dbaas_components.diff.document import Document, with_secrets
from dbaas_components.diff.evaluating import Limits, evaluate_side, installed
from dbaas_components.diff.failures import DefinitionsMissing, DiffError
from dbaas_components.diff.gate import choose, judged, policy_at
from dbaas_components.diff.rendered_form import as_rendered, left_out, without_secrets
from dbaas_components.diff.renders import is_render, read_render
from dbaas_components.diff.report.model import Report, Side
from dbaas_components.diff.requirements import Requirements, changed_requirements, requirements_of
from dbaas_components.diff.soundness import unsound
from dbaas_components.diff.sources import Source, copied, find_source
from dbaas_components.render_layout import INDEX

_SETTING: Final = re.compile(r"^( *)dbaas:custom_resource_definitions:.*\n(?:\1 +.*\n|\s*\n)*", re.MULTILINE)
_LEFT_OUT: Final = (
    "definitions are left out on both sides: not all of their files are on this machine, and a comparison fetches "
    "nothing; an up fetches them, and --definitions names a folder that has them"
)


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
    without_definitions: bool = False
    """Whether both sides are evaluated as if they installed no definitions."""


@dataclass(frozen=True, slots=True)
class _Evaluated:
    side: Side
    document: Document
    text: str = ""
    policy: str | None = None
    """The text of its gate's policy."""
    render: bool = False
    """Whether it is a folder of manifests, which show less than a program."""
    notes: tuple[str, ...] = ()
    requirements: Requirements | None = None
    """What a project asks for; None for what is no project."""
    definitions: str = ""
    """The stack's setting of definitions, as it is written down."""


def build_report(base: str, head: str, options: Options) -> Report:
    """The report of the changes from `base` to `head`. Raises `DiffError`."""
    sources = [find_source(name, options.project) for name in (base, head)]
    key = secret_key() if options.cache else secrets.token_bytes(32)
    waiting = _both(sources, options, key)
    # Where one side alone installs what is not here, leaving it out would hide that definitions come or go.
    if all(isinstance(one.exception(), DefinitionsMissing) for one in waiting):
        options = replace(options, without_definitions=True)
        waiting = _both(sources, options, key)
    failures = [error for one in waiting if (error := one.exception()) is not None]
    told = [str(error) for error in failures if isinstance(error, DiffError)]
    # Who is told of one side alone mends it, and runs into the other.
    if len(told) > 1:
        raise DiffError("\n".join(told))
    before, after = (one.result() for one in waiting)
    before, after, leaves_out = _alike(before, after)
    changes = tuple(compare(before.document, after.document))
    reasons = unsound(before.document, after.document)
    problems = tuple(f"the report is incomplete: {reason}" for reason in reasons)
    if before.definitions != after.definitions and options.without_definitions:
        problems += (f"the report is incomplete: the setting of definitions changes, and {_LEFT_OUT}",)
    left = [f"{_LEFT_OUT[0].upper()}{_LEFT_OUT[1:]}"] if options.without_definitions else []
    notes = (
        *before.notes,
        *after.notes,
        *leaves_out,
        *left,
        *_versions(before, after),
        *_isolation(before.side, after.side),
    )
    costs = estimate(before.document, after.document, options.prices) if options.prices is not None else None
    report = Report(
        after.document.stack or before.document.stack,
        before.side,
        after.side,
        changes,
        problems=problems,
        notes=notes,
        costs=costs,
    )
    # A saved graph has no policy with it; the project that the user stands in has one.
    beside = policy_at(options.project) if after.policy is None and sources[1].document is not None else after.policy
    gate = choose(options.gate, before.policy, beside)
    return judged(report, gate, datetime.now(UTC).date())


def _both(sources: Sequence[Source], options: Options, key: bytes) -> list[Future[_Evaluated]]:
    with ThreadPoolExecutor(2) as pool:
        return [pool.submit(_evaluated, source, options, key) for source in sources]


def report_or_failure(base: str, head: str, options: Options) -> Report:
    """The same, with a report that says why there is none where a side cannot be found, evaluated or read."""
    try:
        return build_report(base, head, options)
    except DiffError as error:
        return Report(options.stack or "", Side(base, ""), Side(head, ""), (), passed=False, failure=str(error))


def save(name: str, to: Path, options: Options) -> None:
    """Writes the graph of one side; what is secret in it is left out. Raises `DiffError`."""
    found = _evaluated(find_source(name, options.project), replace(options, cache=False), secrets.token_bytes(32))
    if found.render:
        raise DiffError(f'"{name}" is a render already; compare it as it is')
    if not found.text:
        raise DiffError(f'"{name}" is a saved graph already; name a revision or a folder')
    document = without_targets(with_secrets(json.loads(found.text), _nothing))
    to.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _nothing(_secret: Any) -> None:
    return None


def _evaluated(source: Source, options: Options, key: bytes) -> _Evaluated:
    if source.document is not None:
        return _Evaluated(Side(source.name, source.origin, source.document.versions), source.document)
    if source.folder is not None and is_render(source.folder):
        return _rendered(source, source.folder, options, key)
    with copied(source) as folder:
        if is_render(folder):
            return _rendered(source, folder, options, key)
        _expect_project(folder, source)
        stack = options.stack or _only_stack(folder, source.name)
        policy = policy_at(folder)
        # Before its program runs, which may write into the copy.
        requirements = requirements_of(folder)
        limits = Limits(
            seconds=options.seconds,
            cpu_seconds=int(options.seconds) + 1,
            isolated=not options.without_isolation,
            readable=tuple(path.resolve() for path in options.readable),
        )
        definitions = _written(folder / f"Pulumi.{stack}.yaml")
        name = _key(folder, stack, options, key) if options.cache else ""
        kept = find(name) if name else None
        found = kept or evaluate_side(
            folder,
            stack,
            source.name,
            key,
            options.python,
            limits,
            options.definitions,
            without_definitions=options.without_definitions,
        )
        if name and kept is None:
            keep(name, found.text, found.isolation)
    side = Side(source.name, source.origin, found.document.versions, found.isolation, kept is not None)
    return _Evaluated(side, found.document, found.text, policy, requirements=requirements, definitions=definitions)


def _written(settings: Path) -> str:
    """The lines of a stack's settings that are about definitions, whatever they say."""
    try:
        text = settings.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = _SETTING.search(text)
    return found[0].strip() if found else ""


def _expect_project(folder: Path, source: Source) -> None:
    """Refuses what is neither side that there is, before a program is looked for. `folder` is the copy."""
    if not folder.is_dir():
        raise DiffError(f'"{source.name}" has no folder {source.inside}')
    above = (one for one in (folder, *folder.parents) if one.name.startswith("dbaas-diff-"))
    top = next(above, folder)
    if not any((one / "Pulumi.yaml").is_file() for one in (folder, *folder.parents) if one.is_relative_to(top)):
        raise DiffError(
            f'"{source.name}" is neither a project (no Pulumi.yaml) nor a render (no {INDEX}, the list that `dbaas '
            "render` writes): name a project, or a folder that `dbaas render` wrote, with that list committed too"
        )


def _rendered(source: Source, folder: Path, options: Options, key: bytes) -> _Evaluated:
    document, notes = read_render(folder, source.name, options.stack or "", key)
    side = Side(source.name, f"render, {source.origin}")
    return _Evaluated(side, document, policy=policy_at(folder), render=True, notes=notes)


def _alike(before: _Evaluated, after: _Evaluated) -> tuple[_Evaluated, _Evaluated, tuple[str, ...]]:
    """Both sides with what both can show, and a line on what that leaves out."""
    if not (before.render or after.render):
        return before, after, ()
    options = "options of resources (protection, kept on deletion, fields left to others, former names)"
    if before.render and after.render:
        return before, after, (f"two renders are compared: {options}, secrets, and what is no object are not in them",)
    program = after if before.render else before
    count = left_out(program.document)
    others = f"what is no object of Kubernetes ({count} of its resources)"
    note = f'left out on both sides, because a render has none of it: {options}, Secrets, and of "{program.side.name}" '
    before, after = (
        replace(one, document=without_secrets(one.document) if one.render else as_rendered(one.document))
        for one in (before, after)
    )
    return before, after, (f"{note}{others}",)


def _key(folder: Path, stack: str, options: Options, key: bytes) -> str:
    """Under which its graph is kept: all that decides what the program gives, and under which key secrets are in it."""
    beside = [*options.readable, *([options.definitions] if options.definitions else [])]
    folders = [folder, *(path.resolve() for path in beside)]
    secrets_under = hashlib.sha256(b"graphs" + key).hexdigest()
    more = (str(options.without_isolation), str(options.without_definitions), *installed(options.python))
    return content_key(folders, stack, secrets_under, *map(str, folders[1:]), *more)


def _only_stack(folder: Path, name: str) -> str:
    stacks = sorted(path.name.split(".")[1] for path in folder.glob("Pulumi.*.yaml"))
    if len(stacks) == 1:
        return stacks[0]
    there = f'"{name}" has {", ".join(stacks)}' if stacks else f'"{name}" has no Pulumi.<stack>.yaml'
    raise DiffError(f"no stack is named, and {there}; name one with --stack")


def _versions(before: _Evaluated, after: _Evaluated) -> list[str]:
    if before.render or after.render:
        return []
    base, head = before.document.versions, after.document.versions
    old, new = before.requirements, after.requirements
    changed = changed_requirements(old, new) if old is not None and new is not None else []
    return changed + [
        f"{name}: {base.get(name, 'none')} evaluated the base, {head.get(name, 'none')} the head"
        for name in sorted({*base, *head})
        if base.get(name) != head.get(name)
    ]


def _isolation(*sides: Side) -> list[str]:
    missing = {words for side in sides for words in side.isolation if "NOT" in words}
    return [f"isolation: {words}" for words in sorted(missing)]
