"""One region: its Kubernetes provider, the operators' definitions and the namespaces of its databases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pulumi
import pulumi_kubernetes

from dbaas_components import (
    BackupBucket,
    BackupBucketArgs,
    CustomResourceDefinitions,
    Ownership,
    Platform,
    PlatformArgs,
)
from dbaas_components.bootstrap.definition_sources import find_definitions
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.labels import platform_labels
from stacks.platform_settings import platform_arguments
from stacks.settings import PROJECT_FOLDER, RegionSettings, Settings


@dataclass(frozen=True, slots=True)
class Region:
    """What a database needs of the region it runs in."""

    name: str
    provider: pulumi.ProviderResource
    definitions: pulumi.Resource | None
    """The gate that every custom resource waits for; None where the stack installs no definitions."""
    namespaces: dict[str, pulumi.Resource]
    platform: Platform | None = None
    """What the stack provides databases with in this region; None where it makes no platform."""
    bucket: BackupBucket | None = None
    """Where backups of this region's databases go; None where none of them leaves that to the stack."""
    alerts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the alerts of every database have in common with those of the fleet: where runbooks are, which labels
    rules need."""

    def gates(self, spec: DatabaseSpec) -> list[pulumi.Resource]:
        """What a database has to depend on."""
        own = (self.definitions, self.namespaces.get(spec.namespace))
        of_platform = self.platform.gates(spec.engine, spec.namespace) if self.platform else []
        of_bucket = self.bucket.gates(spec.engine, spec.namespace) if self.bucket else []
        return [*(gate for gate in own if gate is not None), *of_platform, *of_bucket]

    def exports(self, settings: RegionSettings) -> Mapping[str, Any]:
        """What a team's stack has to know of the region; nothing of it is secret."""
        platform = self.platform
        return {
            "context": settings.context,
            "storage_tiers": platform.storage_tiers if platform else {},
            "operator_namespaces": platform.operator_namespaces if platform else {},
            "issuers": platform.issuers if platform else {},
            "pmm_host": platform.pmm_host if platform else None,
            "zones": list(settings.zones),
        }


def build_region(settings: Settings, region: RegionSettings) -> Region:
    """Registers everything of a region that is not a database."""
    provider = _provider(region.name, region)
    specs = [placed.spec for placed in settings.databases if placed.region == region.name]
    protected = {spec.namespace for spec in specs if spec.deletion_protection}
    namespaces: dict[str, pulumi.Resource] = {}
    if settings.manage_namespaces:
        for name in sorted({spec.namespace for spec in specs}):
            # No pod of a database needs more than the middle one of Kubernetes' levels allows.
            labels = {**_labels(settings, name), "pod-security.kubernetes.io/enforce": "baseline"}
            metadata = {"name": name, "labels": labels}
            namespaces[name] = KubernetesObject(
                f"{region.name}-{name}",
                {
                    "apiVersion": "v1",
                    "kind": "Namespace",
                    "metadata": metadata,
                },
                # Deleting a namespace deletes every database in it.
                pulumi.ResourceOptions(provider=provider, protect=name in protected),
            )
    definitions = _definitions(settings, region)
    bucket: BackupBucket | None = None
    if region.name in settings.buckets:
        # With the cloud's own provider, which reads credentials from its surroundings: no key is ever a setting. Its
        # probes run in the tenants' namespaces.
        options = pulumi.ResourceOptions(providers=[provider], depends_on=list(namespaces.values()))
        bucket_arguments = cast("BackupBucketArgs", settings.buckets[region.name])
        bucket = BackupBucket(f"{region.name}-backups", bucket_arguments, options)
    if settings.platform is None:
        return Region(region.name, provider, definitions, namespaces, bucket=bucket)
    # Its issuers and tokens go into the namespaces.
    before = [*([definitions] if definitions else []), *namespaces.values()]
    options = pulumi.ResourceOptions(providers=[provider], depends_on=before)
    arguments = platform_arguments(settings, region)
    platform = Platform(region.name, cast("PlatformArgs", arguments), options)
    common = arguments.get("fleet_alerts", {})
    alerts = {key: common[key] for key in ("runbooks", "select_labels") if key in common}
    return Region(region.name, provider, definitions, namespaces, platform, bucket, alerts)


def _labels(settings: Settings, namespace: str) -> dict[str, str]:
    if not settings.ownership:
        return platform_labels()
    return Ownership.model_validate({**settings.ownership, "tenant": namespace}).labels(component="namespace")


def _provider(name: str, region: RegionSettings, *, adopt: bool = False) -> pulumi.ProviderResource:
    return pulumi_kubernetes.Provider(
        name,
        kubeconfig=region.kubeconfig,
        context=region.context,
        # Definitions are larger than the annotation that client-side apply would have to write.
        enable_server_side_apply=True,
        # Else one whose data changes is deleted and made anew; operators make new passwords for a Secret that is gone.
        enable_secret_mutable=True,
        enable_config_map_mutable=True,
        upsert_existing_objects=adopt or None,
    )


def _definitions(settings: Settings, region: RegionSettings) -> pulumi.Resource | None:
    if not settings.definitions.install:
        return None
    # Definitions outlive the stack and may be there before it: from an earlier life of the stack, from an operator's
    # chart. Only they are taken over; a database or a namespace that exists already is somebody's, and is refused.
    provider = _provider(f"{region.name}-definitions", region, adopt=True)
    software = list(settings.definitions.software)
    folder = find_definitions(settings.definitions.folder, PROJECT_FOLDER, software)
    definitions = CustomResourceDefinitions(
        f"{region.name}-definitions",
        {"folder": str(folder), "software": software},
        pulumi.ResourceOptions(providers=[provider]),
    )
    return definitions.gate
