"""A Pulumi project on disk: its program and its stacks' configuration, read without an engine."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from dbaas_components.errors import Problem, SpecError, one_of, shown

# Pulumi's own rule for the last part of a stack's name.
_STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a `Pulumi.yaml`."""

    folder: Path
    name: str
    program: Path
    """The program's folder: `main` of `Pulumi.yaml`, else the project's own folder."""
    settings: dict[str, Any]
    """`Pulumi.yaml` as it stands."""

    @property
    def stacks(self) -> list[str]:
        """Names of the stacks that have a `Pulumi.<stack>.yaml`."""
        return sorted(path.name.split(".")[1] for path in self.folder.glob("Pulumi.*.yaml"))

    def stack_settings(self, stack: str) -> dict[str, Any]:
        """`Pulumi.<stack>.yaml` as it stands. Raises `SpecError` for an unknown stack or text that is not YAML."""
        if not _STACK_NAME.fullmatch(stack):
            message = f"{shown(stack)} is not a stack's name; use letters, digits, dots, hyphens and underscores"
            raise SpecError("stack", [Problem("", message)])
        path = self.folder / f"Pulumi.{stack}.yaml"
        if not path.is_file():
            known = self.stacks
            fix = one_of(stack, known) if known else f"write {path.name} first"
            raise SpecError("stack", [Problem("", f'"{stack}" has no {path.name} in {self.folder}; {fix}')])
        return read_yaml(path)

    def config(self, stack: str) -> dict[str, Any]:
        """The stack's configuration with every key prefixed (`dbaas:regions`) and plain values.

        An encrypted value stays `{"secure": …}`: without an engine and the passphrase nobody can read it.
        """
        path = f"Pulumi.{stack}.yaml"
        config: object = self.stack_settings(stack).get("config") or {}
        if not isinstance(config, dict):
            raise SpecError(path, [Problem("config", "is not a mapping; write a mapping of keys to values")])
        values = cast("dict[Any, Any]", config)
        prefixed = {key: str(key) if ":" in str(key) else f"{self.name}:{key}" for key in values}
        names = list(prefixed.values())
        if twice := sorted({name for name in names if names.count(name) > 1}):
            problems = [Problem(name, "stands there with and without its prefix; keep one") for name in twice]
            raise SpecError(path, problems)
        return {prefixed[key]: value for key, value in values.items()}


def find_project(start: Path) -> Project:
    """The project in `start` or the nearest folder above it. Raises `SpecError` where there is none."""
    for folder in (start.resolve(), *start.resolve().parents):
        path = folder / "Pulumi.yaml"
        if path.is_file():
            settings = read_yaml(path)
            name = settings.get("name")
            if not isinstance(name, str):
                raise SpecError(str(path), [Problem("name", "is required and must be text; add it")])
            return Project(folder, name, folder / str(settings.get("main") or "."), settings)
    message = f"no Pulumi.yaml in {start.resolve()} or above; run this in a project, or name one with --project"
    raise SpecError("project", [Problem("", message)])


def engine_config(values: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Configuration as the engine hands it to a program, and the keys that are secret.

    Structured values become JSON text. An encrypted value becomes the text `[secret]`: evaluation shows what depends
    on it, never what it is.

    Raises `SpecError` naming each value that JSON cannot hold, such as a date.
    """
    problems: list[Problem] = []
    config: dict[str, str] = {}
    secret_keys: list[str] = []
    for key, value in values.items():
        if isinstance(value, dict) and set(cast("dict[str, Any]", value)) == {"secure"}:
            config[key] = "[secret]"
            secret_keys.append(key)
        else:
            try:
                config[key] = value if isinstance(value, str) else json.dumps(value)
            # A date or another type that YAML alone has; or, by an anchor, a value that holds itself.
            except (TypeError, ValueError, RecursionError) as error:
                problems.append(Problem(key, f"cannot be handed to a program ({error}); write it as text, in quotes"))
    if problems:
        raise SpecError("configuration", problems)
    return config, secret_keys


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice: plain YAML would keep the last one and lose the first without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = str(key_node.value)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    "while reading a mapping", node.start_mark, f'the key "{key}" stands twice', key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file that holds a mapping. Raises `SpecError` that names file, line and what was expected."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SpecError(str(path), [Problem("", f"cannot be read ({error.strerror}); make it readable")]) from None
    try:
        value: object = yaml.load(content.decode(), Loader=_StrictLoader)  # noqa: S506 (a subclass of the safe loader)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = f"holds bytes that are no UTF-8 text in line {line}; save it as UTF-8"
        raise SpecError(path.name, [Problem("", message)]) from None
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SpecError(path.name, [Problem("", f"{error.problem}{line}; correct the YAML")]) from None
    except yaml.reader.ReaderError as error:
        line = content.decode().count("\n", 0, error.position) + 1
        message = f"holds a character that YAML does not allow, {error.character:#x} in line {line}; remove it"
        raise SpecError(path.name, [Problem("", message)]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # ValueError: a date such as 2024-13-40; RecursionError: brackets nested without end.
        raise SpecError(path.name, [Problem("", f"is not YAML ({error}); correct it")]) from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SpecError(path.name, [Problem("", "does not hold a mapping; write keys and values")])
    return cast("dict[str, Any]", value)
