"""What `make up`, `make down` and `make clean` do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi.automation as auto
from pulumi.automation.errors import CommandError

from dbaas_components.cli.project import Project, engine_config
from dbaas_components.evaluate import Graph, evaluate
from embedded.engine_errors import EngineFailure, Told
from embedded.parts.choice import PartError
from embedded.parts.cluster import Cluster, control_planes, is_embedded, named_clusters, start_clusters
from embedded.parts.definitions import provide_definitions
from embedded.parts.engine import provide_engine
from embedded.parts.provider import STAND_IN, provide_provider
from embedded.parts.state import find_state, is_empty, provide_state
from embedded.progress import Report
from embedded.protection import refuse_destroy, refuse_losses, resources_of
from embedded.state_repair import forget_pending_creates, mend_state
from embedded.workspace import Parts, local_folder, open_stack
from stacks.program import main as program
from stacks.settings import Settings, parse

_OUTSIDE = "outside-clusters"
"""File that names the clusters, not ours, in which the stack has made objects."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an `up` did: how many objects by operation, the stack's exports and its clusters."""

    changes: dict[str, int]
    exports: dict[str, Any] = field(default_factory=dict)
    clusters: tuple[Cluster, ...] = ()

    @property
    def changed(self) -> int:
        """How many objects were created, updated, replaced or deleted."""
        return sum(count for operation, count in self.changes.items() if operation != "same")


def read_settings(project: Project, stack: str) -> Settings:
    """The stack's settings, checked. Raises `SpecError` with every problem."""
    return parse(stack, project.config(stack))


def up(project: Project, stack: str, report: Report) -> Outcome:
    """Brings the stack to what its settings say, getting or building what this machine lacks first.

    Raises `SpecError` for refused settings, `PartError` or `BuildError` for a part that cannot be had, and
    `EngineFailure` where the engine refuses or fails.
    """
    settings = read_settings(project, stack)
    refuse_forgotten_clusters(project, settings)
    parts = provide_parts(project, settings, report)
    opened = _open(project, settings, parts, report)
    result = _run(f"pulumi up, stack {stack}", opened.up, report)
    exports = {name: output.value for name, output in result.outputs.items()}
    return Outcome(_changes(result), exports, tuple(parts.clusters))


def provide_parts(project: Project, settings: Settings, report: Report, *, refuse: bool = True) -> Parts:
    """Every part, ready; what can be refused without building or starting anything is refused first.

    `refuse` is false where the program is not going to be applied: what it would lose does not matter then.
    """
    folder = local_folder(project, settings.stack)
    embedded_only = all(is_embedded(region) for region in settings.regions)
    named = named_clusters(settings.regions)
    definitions = None
    if settings.definitions.install:
        definitions = provide_definitions(project.folder, settings.definitions, embedded_only, report)
    graph = _check_program(project, settings, definitions.location if definitions else None)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = provide_state(folder)
    if (file := state.file(project.name, settings.stack)) is not None:
        mend_state(file, report)
        if refuse:
            refuse_losses(resources_of(file), graph)
    engine = provide_engine(report)
    provider = provide_provider(folder, engine.place, report)
    clusters = [*named, *start_clusters(folder, settings.regions, report)]
    if named:
        # Kept after the settings have changed: what was made there must not be forgotten without being destroyed.
        (folder / _OUTSIDE).write_text(", ".join(cluster.choice.what for cluster in named))
    else:
        (folder / _OUTSIDE).unlink(missing_ok=True)
    return Parts(engine, provider, clusters, definitions, state)


def _check_program(project: Project, settings: Settings, definitions: Path | None) -> Graph:
    """Runs the program without an engine: what it refuses is told before anything is built or started."""
    values = project.config(settings.stack)
    if definitions is not None:
        software = list(settings.definitions.software)
        values["dbaas:custom_resource_definitions"] = {"folder": str(definitions), "software": software}
    config, secret_keys = engine_config(values)
    return evaluate(program, project=project.name, stack=settings.stack, config=config, secret_config=secret_keys)


def down(project: Project, stack: str, report: Report) -> dict[str, int]:
    """Destroys what the stack made, in the reverse order, then stops the control planes that `up` started.

    Returns how many objects were deleted, by operation. Definitions stay in a cluster that is not embedded.
    """
    settings = read_settings(project, stack)
    refuse_forgotten_clusters(project, settings)
    folder = local_folder(project, stack)
    changes: dict[str, int] = {}
    state = find_state(folder)
    if (file := state.file(project.name, stack)) is not None:
        mend_state(file, report)
        refuse_destroy(resources_of(file))
    if not is_empty(state, project.name, stack):
        parts = provide_parts(project, settings, report, refuse=False)
        opened = _open(project, settings, parts, report)
        changes = _changes(_run(f"pulumi destroy, stack {stack}", opened.destroy, report))
    stop_control_planes(project, stack, report)
    return changes


def stop_control_planes(project: Project, stack: str, report: Report) -> None:
    """Stops the stack's embedded control planes; their data stays."""
    for plane in control_planes(local_folder(project, stack)):
        if plane.status() is not None:
            with report.task(f"stopping control plane {plane.name}"):
                plane.stop()


def clean(project: Project, stack: str, report: Report) -> None:
    """Forgets everything local of the stack: control planes with their data, state, passphrase.

    Where every cluster is embedded nothing outlives it, so nothing has to be destroyed first. Otherwise the stack is
    destroyed first: without its state, nobody would know what it had made.
    """
    settings = read_settings(project, stack)
    folder = local_folder(project, stack)
    if not folder.exists():
        return
    refuse_forgotten_clusters(project, settings)
    if not all(is_embedded(region) for region in settings.regions) or not find_state(folder).local:
        down(project, stack, report)
    for plane in control_planes(folder):
        plane.forget()
    shutil.rmtree(folder)


def refuse_forgotten_clusters(project: Project, settings: Settings) -> None:
    """Raises `PartError` if the stack has made objects in a cluster, not ours, that its settings no longer name.

    The engine would take the objects for lost and make them anew elsewhere, and `clean` would forget them.
    """
    folder = local_folder(project, settings.stack)
    outside = folder / _OUTSIDE
    # The local file counts whatever the backend is now: it is what `clean` would delete.
    holds_objects = any(resources_of(path) for path in (folder / "state").glob(".pulumi/stacks/*/*.json"))
    if outside.exists() and holds_objects and all(is_embedded(region) for region in settings.regions):
        raise PartError(
            f"stack {settings.stack} still holds what it made in {outside.read_text()}, which its settings no longer "
            "name; name it there again, and run `make down` before you take it out"
        )


def _run(what: str, operation: Callable[..., Any], report: Report) -> Any:
    """One of the engine's operations, shown as it goes. Raises `EngineFailure` with what the engine said."""
    told = Told(report)
    try:
        with told.progress(what):
            return operation(color="never", on_event=told.event)
    except CommandError as error:
        raise EngineFailure.of(error, told) from None


def _changes(result: Any) -> dict[str, int]:
    counts = result.summary.resource_changes or {}
    return {str(getattr(operation, "value", operation)): count for operation, count in counts.items()}


def _open(project: Project, settings: Settings, parts: Parts, report: Report) -> auto.Stack:
    file = parts.state.file(project.name, settings.stack)
    if file is not None and parts.provider.what == STAND_IN:
        # It goes on with what a killed run was making; the engine would repeat its notes of it for ever and ask for a
        # refresh by hand.
        forget_pending_creates(file)
    try:
        return open_stack(project, settings, parts, program, report)
    except CommandError as error:
        raise EngineFailure.of(error, Told(report)) from None
