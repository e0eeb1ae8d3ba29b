"""One region: its Kubernetes provider, the operators' definitions and the namespaces of its databases."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes

from dbaas_components import CustomResourceDefinitions
from dbaas_components.bootstrap.definition_sources import find_definitions
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.labels import platform_labels
from stacks.settings import PROJECT_FOLDER, RegionSettings, Settings


@dataclass(frozen=True, slots=True)
class Region:
    """What a database needs of the region it runs in."""

    name: str
    provider: pulumi.ProviderResource
    definitions: pulumi.Resource | None
    """The gate that every custom resource waits for; None where the stack installs no definitions."""
    namespaces: dict[str, pulumi.Resource]


def build_region(settings: Settings, region: RegionSettings) -> Region:
    """Registers everything of a region that is not a database."""
    provider = _provider(region.name, region)
    specs = [placed.spec for placed in settings.databases if placed.region == region.name]
    protected = {spec.namespace for spec in specs if spec.deletion_protection}
    namespaces: dict[str, pulumi.Resource] = {}
    if settings.manage_namespaces:
        for name in sorted({spec.namespace for spec in specs}):
            namespaces[name] = KubernetesObject(
                f"{region.name}-{name}",
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": platform_labels()}},
                # Deleting a namespace deletes every database in it.
                pulumi.ResourceOptions(provider=provider, protect=name in protected),
            )
    return Region(region.name, provider, _definitions(settings, region), namespaces)


def _provider(name: str, region: RegionSettings, *, adopt: bool = False) -> pulumi.ProviderResource:
    return pulumi_kubernetes.Provider(
        name,
        kubeconfig=region.kubeconfig,
        context=region.context,
        # Definitions are larger than the annotation that client-side apply would have to write.
        enable_server_side_apply=True,
        upsert_existing_objects=adopt or None,
    )


def _definitions(settings: Settings, region: RegionSettings) -> pulumi.Resource | None:
    if not settings.definitions.install:
        return None
    # Definitions outlive the stack and may be there before it: from an earlier life of the stack, from an operator's
    # chart. Only they are taken over; a database or a namespace that exists already is somebody's, and is refused.
    provider = _provider(f"{region.name}-definitions", region, adopt=True)
    folder = find_definitions(settings.definitions.folder, PROJECT_FOLDER)
    definitions = CustomResourceDefinitions(
        f"{region.name}-definitions", {"folder": str(folder)}, pulumi.ResourceOptions(providers=[provider])
    )
    return definitions.gate
