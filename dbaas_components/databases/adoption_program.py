"""An adoption as text: a Python program, or an entry of a stack's settings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import yaml

from dbaas_components.databases.adoption import Adoption

_WIDTH: Final = 120
_INDENT: Final = "    "


def program_text(adoption: Adoption, *, context: str | None = None, kubeconfig: str | None = None) -> str:
    """A Pulumi program that takes the database over, for the Kubernetes cluster that it was read from."""
    provider = {"kubeconfig": kubeconfig, "context": context}
    given = {key: value for key, value in provider.items() if value is not None}
    lines = ["import pulumi", "import pulumi_kubernetes", ""] if given else []
    lines += ["from dbaas_components import ManagedDatabase", ""]
    if given:
        settings = "".join(f", {key}={_text(value)}" for key, value in given.items())
        lines += [f'cluster = pulumi_kubernetes.Provider("cluster"{settings}, enable_server_side_apply=True)']
    options = f"{_INDENT}pulumi.ResourceOptions(providers=[cluster]),\n" if given else ""
    arguments = "\n".join(_literal(adoption.arguments, _INDENT))
    comments = "".join(f"# {line}\n" for line in _comments(adoption))
    call = f"ManagedDatabase(\n{_INDENT}{_text(adoption.name)},\n{arguments},\n{options})\n"
    return "\n".join(lines) + f"\n{comments}{call}"


def settings_text(adoption: Adoption) -> str:
    """The entry for `dbaas:databases` of `Pulumi.<stack>.yaml`."""
    comments = "".join(f"# {line}\n" for line in _comments(adoption))
    entry = {"name": adoption.name, **adoption.arguments}
    return comments + yaml.dump([entry], Dumper=_Dumper, sort_keys=False, width=_WIDTH, allow_unicode=True)


def _comments(adoption: Adoption) -> Iterator[str]:
    yield f"Imported as {adoption.import_id}, type {adoption.resource_type}, name {adoption.resource_name}."
    yield "Leave `adopt` out after the first `pulumi up`."


class _Dumper(yaml.SafeDumper):
    """Text of several lines reads as such."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    untyped = cast("Any", dumper)
    return untyped.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def _literal(value: Any, indent: str, before: str = "", after: str = "") -> Iterator[str]:
    """The lines of a Python literal: in one where there is room, else each item on a line of its own."""
    single = f"{indent}{before}{_single(value)}{after}"
    if len(single) <= _WIDTH - len(",") and _fits_one_line(value):
        yield single
    elif isinstance(value, Mapping):
        yield f"{indent}{before}{{"
        for key, item in cast("Mapping[str, Any]", value).items():
            yield from _literal(item, indent + _INDENT, f"{_text(key)}: ", ",")
        yield f"{indent}}}{after}"
    elif isinstance(value, list | tuple):
        yield f"{indent}{before}["
        for item in cast("list[Any]", value):
            yield from _literal(item, indent + _INDENT, "", ",")
        yield f"{indent}]{after}"
    elif isinstance(value, str) and "\n" in value.rstrip("\n"):
        # Lines of a file stay lines: Python joins neighbouring texts.
        yield f"{indent}{before}("
        yield from (f"{indent}{_INDENT}{_text(line)}" for line in value.splitlines(keepends=True))
        yield f"{indent}){after}"
    else:
        yield single


def _fits_one_line(value: Any) -> bool:
    """Whether a value reads well in one line: no mapping within, and no text of several lines."""
    if isinstance(value, Mapping):
        items: list[Any] = list(cast("Mapping[str, Any]", value).values())
        return len(items) <= 3 and _plain(items) and not any(item and isinstance(item, Mapping) for item in items)
    if isinstance(value, list | tuple):
        return _plain(cast("list[Any]", value))
    return not (isinstance(value, str) and "\n" in value.rstrip("\n"))


def _plain(items: Any) -> bool:
    return all(_fits_one_line(item) for item in items)


def _single(value: Any) -> str:
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return "{" + ", ".join(f"{_text(key)}: {_single(item)}" for key, item in items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_single(item) for item in cast("list[Any]", value)) + "]"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """The text in double quotes, as the rest of a program has it."""
    quoted = repr(text)
    if quoted.startswith('"') or '"' in text:
        return quoted
    return f'"{quoted[1:-1]}"'
