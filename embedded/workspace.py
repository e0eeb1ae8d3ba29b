"""The folder that the engine works in: the project's own settings plus what this machine's parts add to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi.automation as auto
import yaml

from dbaas_components.cli.project import Project
from embedded.engine_command import EngineCommand
from embedded.parts.choice import Choice
from embedded.parts.cluster import Cluster
from embedded.parts.state import State
from embedded.progress import Report
from embedded.whole_file import write_whole
from stacks.settings import Settings

_SECRETS_PROVIDER_KEYS = frozenset({"encryptionsalt", "encryptedkey", "secretsprovider"})


@dataclass(frozen=True, slots=True)
class Parts:
    """Every part, ready to run the engine with."""

    engine: Choice
    provider: Choice
    clusters: Sequence[Cluster]
    definitions: Choice | None
    state: State


def local_folder(project: Project, stack: str) -> Path:
    """Where everything embedded of one stack lives: `.dbaas/<stack>` in the project, ignored by git."""
    return project.folder / ".dbaas" / stack


def open_stack(
    project: Project, settings: Settings, parts: Parts, program: auto.PulumiFn, report: Report
) -> auto.Stack:
    """The stack, created on first use, with the inline program and this machine's parts."""
    folder = local_folder(project, settings.stack) / "workspace"
    write_workspace(project, settings, parts, folder)
    command = EngineCommand(parts.engine.place, parts.engine.version, path_entries(parts.provider), told=report.line)
    environment = {
        **parts.state.environment,
        "DBAAS_RECORD_HELM_RELEASES": "true" if settings.helm_releases == "record" else "false",
    }
    workspace = auto.LocalWorkspace(work_dir=str(folder), program=program, env_vars=environment, pulumi_command=command)
    return auto.Stack.create_or_select(settings.stack, workspace)


def write_workspace(project: Project, settings: Settings, parts: Parts, folder: Path) -> None:
    """Writes `Pulumi.yaml` and `Pulumi.<stack>.yaml` for the engine.

    They are written anew each time, so that the project's files stay the only source and are never changed: the engine
    would write its encryption salt into the project's own stack file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    project_settings = {key: value for key, value in project.settings.items() if key not in {"main", "backend"}}
    _write_yaml(folder / "Pulumi.yaml", project_settings)
    path = folder / f"Pulumi.{settings.stack}.yaml"
    given = project.stack_settings(settings.stack)
    if parts.state.local:
        # They belong to the backend that the project's own file is used with, and would not open this state.
        given = {key: value for key, value in given.items() if key not in _SECRETS_PROVIDER_KEYS}
    salt = _salt_of(path)
    merged = {**({"encryptionsalt": salt} if salt else {}), **given}
    merged["config"] = {**project.config(settings.stack), **_overrides(settings, parts)}
    _write_yaml(path, merged)


def _overrides(settings: Settings, parts: Parts) -> dict[str, Any]:
    """What this machine's parts add to the stack's configuration: kubeconfigs and the definitions' folder."""
    kubeconfigs = {cluster.region: cluster.kubeconfig for cluster in parts.clusters if cluster.embedded}
    regions: list[dict[str, Any]] = []
    for region in settings.regions:
        values = region.model_dump(exclude_none=True)
        if (kubeconfig := kubeconfigs.get(region.name)) is not None:
            values["kubeconfig"] = str(kubeconfig)
        regions.append(values)
    overrides: dict[str, Any] = {"dbaas:regions": regions}
    if parts.definitions is not None:
        definitions = settings.definitions.model_dump(exclude_none=True)
        overrides["dbaas:custom_resource_definitions"] = {**definitions, "folder": str(parts.definitions.location)}
    return overrides


def _salt_of(path: Path) -> str | None:
    """The salt that the engine wrote when it made the stack; without it the passphrase opens nothing."""
    if not path.is_file():
        return None
    content = yaml.safe_load(path.read_text()) or {}
    return content.get("encryptionsalt")


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    write_whole(path, yaml.safe_dump(content, sort_keys=False).encode())


def path_entries(provider: Choice) -> list[Path]:
    """Folders to put on the engine's PATH, where it looks for plugins that are not installed."""
    if provider.location is None:
        return []
    return [provider.location if provider.location.is_dir() else provider.location.parent]
