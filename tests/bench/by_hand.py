"""The program that someone without this library writes: objects through pulumi_kubernetes.

It imports nothing of the library, so that its process pays for nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource


def program_of(leaves: Sequence[tuple[str, dict[str, Any], bool]]) -> Callable[[], None]:
    """A program that registers these objects."""

    def program() -> None:
        for name, manifest, protect in leaves:
            options = pulumi.ResourceOptions(protect=protect)
            metadata, spec = manifest["metadata"], manifest["spec"]
            if manifest["kind"] == "NetworkPolicy":
                from pulumi_kubernetes.networking.v1 import NetworkPolicy

                NetworkPolicy(name, metadata=metadata, spec=spec, opts=options)
            else:
                CustomResource(
                    name,
                    api_version=manifest["apiVersion"],
                    kind=manifest["kind"],
                    metadata=metadata,
                    spec=spec,
                    opts=options,
                )

    return program
