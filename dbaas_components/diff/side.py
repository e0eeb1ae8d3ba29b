"""Evaluates one side of a comparison and writes its graph as JSON. Runs as a script, in a process of its own.

It imports no module beside it: the side may bring a `dbaas_components` of another version, which then evaluates it.

    python -P side.py FOLDER STACK [without-definitions] > graph.json
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FORMAT = "dbaas-graph/1"
REFUSED = 3
"""Exit code where the program itself fails; its message is on standard error."""
_DEFINITIONS = "dbaas:custom_resource_definitions"
_PACKAGES = ("dbaas-components", "pulumi", "pulumi-kubernetes", "pulumi-aws", "pulumi-gcp")


def main(folder: Path, stack: str, *, without_definitions: bool = False) -> int:
    """Writes the graph of a stack of the project in a folder to standard output."""
    # What the program prints must not come between: the graph goes to the pipe that standard output was.
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        graph = _graph(folder, stack, without_definitions=without_definitions)
        document = document_of(graph, stack)
    # Whatever a program raises is told to the user, as one message; a program may even exit.
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        sys.stderr.write(f"\n{_message(error)}")
        sys.stderr.flush()
        # What the program left behind would have its say after the message otherwise.
        os._exit(REFUSED)
    with output:
        json.dump(document, output, ensure_ascii=True, separators=(",", ":"))
    return 0


def _graph(folder: Path, stack: str, *, without_definitions: bool) -> Any:
    # Here and not above: they are the side's own if it brings them, and what fails to import is told as its failure.
    from dbaas_components.cli.project import engine_config, find_project
    from dbaas_components.evaluate import evaluate

    found = find_project(folder)
    settings = found.config(stack)
    if without_definitions:
        told = settings.get(_DEFINITIONS)
        settings[_DEFINITIONS] = {**(told if isinstance(told, dict) else {}), "install": False}
    config, secret_keys = engine_config(settings)
    os.chdir(found.folder)
    return evaluate(
        found.program, project=found.name, stack=stack, config=config, secret_config=secret_keys, timeout=120
    )


def document_of(graph: Any, stack: str) -> dict[str, Any]:
    """An evaluated graph as plain values, its secrets under a mark and not hidden."""
    return {
        "format": FORMAT,
        "project": graph.project,
        "stack": stack,
        "versions": dict(_versions()),
        "notes": [message.text for message in graph.messages if message.severity in ("warning", "error")],
        "resources": [_resource(one) for one in graph.resources],
    }


@cache
def _versions() -> dict[str, str]:
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _resource(one: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {"urn": one.urn, "type": one.type, "name": one.name, "inputs": _plain(one.inputs)}
    options = {
        "parent": one.parent or "",
        "provider": one.provider or "",
        "protect": one.protect,
        "retain": one.retain_on_delete,
        "ignore": list(one.ignore_changes),
        "replace": list(one.replace_on_changes),
        "aliases": [_former(alias, one) for alias in one.aliases],
        "read": one.read,
    }
    entry |= {key: value for key, value in options.items() if value}
    if not one.custom:
        entry["custom"] = False
    return entry


def _former(alias: Any, one: Any) -> str:
    """The URN that an alias stands for."""
    if isinstance(alias, str):
        return alias
    head, types, name = one.urn.split("::", 3)[0:2], one.urn.split("::", 3)[2], one.urn.split("::", 3)[3]
    stack = f"urn:pulumi:{alias.stack}" if alias.stack else head[0]
    project = alias.project or head[1]
    if alias.no_parent:
        types = types.rpartition("$")[2]
    elif alias.parent:
        parent = alias.parent.split("::", 3)[2]
        own = types.rpartition("$")[2]
        types = own if parent == "pulumi:pulumi:Stack" else f"{parent}${own}"
    if alias.type:
        types = f"{types.rpartition('$')[0]}${alias.type}" if "$" in types else alias.type
    return f"{stack}::{project}::{types}::{alias.name or name}"


def _plain(value: Any) -> Any:
    """A value of a graph as JSON. Told apart by names, since the classes may be another version's."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    kind = type(value).__name__
    if kind == "Secret":
        return {"$secret": _plain(value.value)}
    if kind == "Unknown":
        return {"$unknown": True}
    if kind == "Reference":
        return {"$resource": value.urn}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {"$asset": _plain(dataclasses.asdict(value))}
    return {"$unknown": True}


def _message(error: BaseException) -> str:
    """The error in one line or more, without a traceback: its type says what a message alone does not."""
    text = str(error).strip()
    kind = type(error).__name__
    if isinstance(error, ModuleNotFoundError):
        wanted = f"the program needs the module {error.name!r}, which is not installed here"
        return f"{wanted}; install it, or name an interpreter that has it with --python"
    if isinstance(error, MemoryError):
        return "the program needs more memory than an evaluation may have"
    if kind in ("SpecError", "EvaluationError", "RunError", "UnansweredError", "DuplicateUrnError"):
        return text
    if isinstance(error, SystemExit):
        return f"the program ended itself with the code {error.code!r:.60}"
    return f"{kind}: {text}" if text else kind


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], without_definitions="without-definitions" in sys.argv[3:]))
