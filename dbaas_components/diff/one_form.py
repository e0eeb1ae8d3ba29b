"""Objects in one form of several that mean the same, so that only what differs is compared. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast

from dbaas_components.diff.document import Json, Saved
from dbaas_components.diff.fields import is_secret

ANY: Final = "any"
"""In place of a selector without a condition, and of a rule without a peer: Kubernetes takes both for everything."""


def in_one_form(old: Saved, new: Saved) -> tuple[Saved, Saved]:
    """Both sides of one object. What is written in the same way on both stays as it is written."""
    if old.type == new.type == "kubernetes:core/v1:Secret":
        return _secret(old, new), _secret(new, old)
    if old.kind == new.kind == "NetworkPolicy":
        return _network_policy(old), _network_policy(new)
    return old, new


def _secret(one: Saved, other: Saved) -> Saved:
    """With what is text here and bytes there as bytes. The value of a marked secret cannot be told."""
    texts, theirs = _fields(one.inputs, "stringData"), _fields(other.inputs, "data")
    moved = {
        key: base64.b64encode(value.encode()).decode()
        for key, value in texts.items()
        if key in theirs and isinstance(value, str)
    }
    if not moved:
        return one
    kept = {key: value for key, value in texts.items() if key not in moved}
    inputs = {key: value for key, value in one.inputs.items() if key != "stringData"}
    inputs["data"] = {**_fields(one.inputs, "data"), **moved}
    return replace(one, inputs={**inputs, "stringData": kept} if kept else inputs)


def _network_policy(one: Saved) -> Saved:
    spec: Any = one.inputs.get("spec")
    if is_secret(spec) or not isinstance(spec, Mapping):
        return one
    found = dict(cast("Json", spec))
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        rules: Any = found.get(direction)
        if isinstance(rules, list):
            found[direction] = [_rule(rule, peers) for rule in cast("list[Any]", rules)]
    if "podSelector" in found:
        found["podSelector"] = _selector(found["podSelector"])
    return replace(one, inputs={**one.inputs, "spec": found})


def _rule(rule: Any, peers: str) -> Any:
    if not isinstance(rule, Mapping):
        return rule
    found = dict(cast("Json", rule))
    asked: Any = found.get(peers)
    if not asked:
        found[peers] = ANY
    elif isinstance(asked, list):
        found[peers] = [_peer(one) for one in cast("list[Any]", asked)]
    ports: Any = found.get("ports")
    if isinstance(ports, list):
        found["ports"] = [_port(one) for one in cast("list[Any]", ports)]
    return found


def _peer(peer: Any) -> Any:
    if not isinstance(peer, Mapping):
        return peer
    fields = cast("Json", peer)
    return {key: _selector(value) if key.endswith("Selector") else value for key, value in fields.items()}


def _selector(selector: Any) -> Any:
    # An empty one selects everything, and one that is not there nothing: fields alone would show no difference.
    return {"matchLabels": ANY} if selector == {} else selector


def _port(port: Any) -> Any:
    return {"protocol": "TCP", **cast("Json", port)} if isinstance(port, Mapping) else port


def _fields(inputs: Json, name: str) -> Json:
    found: Any = inputs.get(name)
    return cast("Json", found) if isinstance(found, Mapping) else {}
