"""Helm releases and charts that are written into the state only."""

from __future__ import annotations

from typing import Any

import grpc

from embedded.provider.differences import Difference, changed_fields
from embedded.provider.objects import autoname
from embedded.provider.protocol import resource_pb2, resource_pb2_grpc

_REPLACING = frozenset({("name",), ("namespace",)})
_NAMED = "__autonamed"


def named(inputs: dict[str, Any], olds: dict[str, Any], resource_name: str, seed: bytes) -> dict[str, Any]:
    """The release's inputs with a name: its own, that of the last run, or an automatic one."""
    if inputs.get("name"):
        return inputs
    kept = olds.get("name") if olds.get(_NAMED) else None
    return {**inputs, "name": kept or autoname(resource_name, seed), _NAMED: True}


def compare(old: dict[str, Any], new: dict[str, Any]) -> Difference:
    """What changed in a release; another name or namespace makes it another release."""
    changes = changed_fields(old, new)
    return Difference(changes, {path for path in changes if path in _REPLACING})


def register_chart(request: Any) -> str:
    """Registers a chart as a component without children, and gives its URN."""
    channel = grpc.insecure_channel(request.monitorEndpoint)
    with channel:
        answer = resource_pb2_grpc.ResourceMonitorStub(channel).RegisterResource(
            resource_pb2.RegisterResourceRequest(
                type=request.type,
                name=request.name,
                parent=request.parent,
                object=request.inputs,
                dependencies=request.dependencies,
                aliases=request.aliases,
                acceptSecrets=True,
            )
        )
        resource_pb2_grpc.ResourceMonitorStub(channel).RegisterResourceOutputs(
            resource_pb2.RegisterResourceOutputsRequest(urn=answer.urn)
        )
    return answer.urn
