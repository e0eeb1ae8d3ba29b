"""Graphs of the labelled pairs, written by the renderer itself."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pulumi

from dbaas_components.cli.render import write
from dbaas_components.diff.document import SECRET, Document, Saved
from dbaas_components.evaluate import evaluate
from dbaas_components.manifests import render


def write_render(document: Document, folder: Path) -> Path:
    """Renders a graph as `dbaas render` does, by a program that registers what is in it."""

    def program() -> None:
        for one in document.resources:
            if one.custom and not one.read:
                # The pairs have a Secret of any group; the renderer knows the one that there is.
                token = "kubernetes:core/v1:Secret" if one.kind == "Secret" else one.type
                pulumi.CustomResource(token, one.name, _inputs(one))

    write(render(evaluate(program)), folder)
    return folder


def _inputs(one: Saved) -> dict[str, Any]:
    inputs = _given(copy.deepcopy(dict(one.inputs)))
    if one.type.startswith("kubernetes:") and one.kind != "Release":
        # The pairs leave out what a label does not depend on.
        inputs = {"apiVersion": one.type.split(":")[1].removeprefix("core/"), "kind": one.kind, **inputs}
    return inputs


def _given(value: Any) -> Any:
    if isinstance(value, dict):
        return pulumi.Output.secret(value[SECRET]) if SECRET in value else {k: _given(v) for k, v in value.items()}
    return [_given(item) for item in value] if isinstance(value, list) else value
