"""Two providers that lead to one Kubernetes cluster: two regions that are one are no topology."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi

from dbaas_components.errors import Problem, RefusedInput

# What a Kubernetes provider finds its cluster by (pulumi-kubernetes 4).
_WAYS: Final = ("kubeconfig", "context", "cluster")


def different_clusters(topology: str, providers: Mapping[str, pulumi.ProviderResource]) -> pulumi.Output[Any]:
    """What every object of a topology has to depend on: fails with `RefusedInput` where two regions' providers name one
    cluster in the same words, and is nothing otherwise.

    What a provider was given is known once it is registered, in a preview too, so this ends the program and not the
    call. Providers whose way only an update will know are left alone; so are those that name nothing, and those that
    name one cluster in different words.
    """
    # As a dependency, and not by its error alone: objects would else be made before it is known, and a program in
    # another language would go on, because its component's provider looks at registrations alone (SDK 3.272).
    return pulumi.Output.from_input(_problem(providers)).apply(lambda told: _refuse(topology, told))


def _refuse(topology: str, told: tuple[str, str] | None) -> None:
    if told is None:
        return
    region, other = told
    message = (
        f"leads to the Kubernetes cluster of region {other}, by the same context and kubeconfig, and two regions that "
        "are one are no topology; name another context"
    )
    # No ValueError, which the SDK would wrap with a traceback (3.272).
    raise RefusedInput(f'topology "{topology}"', [Problem(f"regions.{region}.provider", message)])


async def _problem(providers: Mapping[str, pulumi.ProviderResource]) -> tuple[str, str] | None:
    """A region that is another one as well."""
    seen: dict[str, list[Any]] = {}
    for region, provider in providers.items():
        ways = [await _given(provider, way) for way in _WAYS]
        if not any(ways) or any(isinstance(one, pulumi.output.Unknown) for one in ways):
            continue
        for other, known in seen.items():
            if known == ways:
                return region, other
        seen[region] = ways
    return None


async def _given(provider: pulumi.ProviderResource, way: str) -> Any:
    # The SDK's class has no property for what it was given; every resource has an output of each input's name.
    output: Any = vars(provider).get(way)
    if not isinstance(output, pulumi.Output):
        return None
    # What was not given is None, and what a preview does not know yet is `Unknown`: both are not known to an output.
    value: Any = await cast("pulumi.Output[Any]", output).future(with_unknowns=True)
    return value or None
