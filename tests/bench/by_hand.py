"""The program that someone without this library writes: custom resources through pulumi_kubernetes.

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
            CustomResource(
                name,
                api_version=manifest["apiVersion"],
                kind=manifest["kind"],
                metadata=manifest["metadata"],
                spec=manifest["spec"],
                opts=pulumi.ResourceOptions(protect=protect),
            )

    return program
