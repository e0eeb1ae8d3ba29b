"""Any Kubernetes object as a Pulumi resource, as plain as it stands in a manifest."""

from __future__ import annotations

import copy
import importlib.metadata
from collections.abc import Mapping
from functools import cache
from typing import Any

import pulumi

_SECRET_FIELDS = ("data", "stringData")


class KubernetesObject(pulumi.CustomResource):
    """One object, served by the official Kubernetes provider.

    The engine and the provider see what the classes of `pulumi_kubernetes` would send: the same type token, properties
    and provider version. Those classes are not used, because they copy every field through typed arguments and back,
    which costs a stack of a thousand databases more than all the rest of its program; and custom resources have no
    types there at all.
    """

    def __init__(self, name: str, manifest: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """`manifest` is the whole object with `apiVersion` and `kind`, in Kubernetes' own camelCase.

        Values may be outputs, except those two, which decide what kind of resource it is. What a `Secret` holds is
        marked secret in the state.
        """
        api_version, kind = manifest["apiVersion"], manifest["kind"]
        options = copy.copy(opts) if opts is not None else pulumi.ResourceOptions()
        options.version = options.version or provider_version()
        properties = dict(manifest)
        if kind == "Secret" and api_version == "v1":
            for field in _SECRET_FIELDS:
                if field in properties:
                    properties[field] = pulumi.Output.secret(properties[field])
            options.additional_secret_outputs = [*(options.additional_secret_outputs or ()), *_SECRET_FIELDS]
        super().__init__(type_token(api_version, kind), name, properties, options)

    @property
    def metadata(self) -> pulumi.Output[Any]:
        """The object's metadata as the API server holds it."""
        # A property and no annotation: the SDK would work out an annotated class's types anew for every object.
        return self.__dict__["metadata"]


def type_token(api_version: str, kind: str) -> str:
    """The type under which the official provider knows a kind; the core group, nameless in Kubernetes, is `core`."""
    group = api_version if "/" in api_version else f"core/{api_version}"
    return f"kubernetes:{group}:{kind}"


@cache
def provider_version() -> str:
    """The version of the installed `pulumi_kubernetes`, which asks for the provider of the same version."""
    return importlib.metadata.version("pulumi_kubernetes")
