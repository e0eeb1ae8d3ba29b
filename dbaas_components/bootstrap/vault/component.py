"""`Vault`: OpenBao or HashiCorp's Vault, highly available, opened by a key of the cloud, and filled by itself."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.charts import chart_release
from dbaas_components.bootstrap.namespaces import NamespaceSpec, namespace_objects
from dbaas_components.bootstrap.placing import place
from dbaas_components.bootstrap.vault import objects
from dbaas_components.bootstrap.vault.arguments import (
    ConsumersArgs,
    IssuerArgs,
    SealArgs,
    SnapshotsArgs,
    TokensArgs,
    VolumeArgs,
)
from dbaas_components.bootstrap.vault.snapshots import snapshot_job
from dbaas_components.bootstrap.vault.spec import VaultSpec
from dbaas_components.bootstrap.vault.values import certificate_secret, vault_values
from dbaas_components.kubernetes_objects import KubernetesObject


class VaultArgs(TypedDict):
    """Arguments of `Vault`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    seal: SealArgs
    """What opens it after a restart, and who holds the recovery keys."""
    software: NotRequired[Literal["openbao", "vault"]]
    """Default `openbao`; it cannot be changed later."""
    namespace: NotRequired[str]
    """Namespace; default: the software's name."""
    create_namespace: NotRequired[bool]
    """Whether it is made here; default true."""
    replicas: NotRequired[int]
    """1, 3, 5 or 7 pods; default 3. A majority of them must be up."""
    issuer: NotRequired[IssuerArgs]
    """Who issues the servers' certificate."""
    host_names: NotRequired[list[str]]
    """Further names in it."""
    data: NotRequired[VolumeArgs]
    """Volume of each pod with everything it holds."""
    audit: NotRequired[VolumeArgs]
    """Volume of each pod with its audit log. A second audit device writes to the pod's own log."""
    zones: NotRequired[bool]
    """Whether the pods are spread over zones; default true."""
    resources: NotRequired[Mapping[str, str]]
    """CPU and memory of each pod: `cpu` (default `250m`), `memory` (`512Mi`), `cpu_limit` and `memory_limit`."""
    node_labels: NotRequired[Mapping[str, str]]
    """Labels of the nodes that it may run on."""
    tolerations: NotRequired[list[Mapping[str, Any]]]
    """Taints of nodes that it accepts, as for databases."""
    priority_class: NotRequired[str]
    """PriorityClass of its pods."""
    service_account_annotations: NotRequired[Mapping[str, str]]
    """Annotations of the servers' service account, by which a cloud lets it use the key of `seal`."""
    pull_secrets: NotRequired[list[str]]
    """Secrets with credentials of the registry."""
    mount: NotRequired[str]
    """Mount of the platform's key-value store, version 2; default `secret`."""
    auth_mount: NotRequired[str]
    """Mount of the login by Kubernetes; default `kubernetes`."""
    audience: NotRequired[str]
    """Audience of the tokens to log in with; default `vault`."""
    consumers: NotRequired[ConsumersArgs]
    """Who logs in, and what for."""
    tokens: NotRequired[TokensArgs]
    """Tokens of databases that keep their keys here."""
    snapshots: NotRequired[SnapshotsArgs]
    """Snapshots of everything, in a bucket; default: none, and its volumes are all there is."""
    service_monitor: NotRequired[bool]
    """Whether a ServiceMonitor is made, whose definition must be there; default false."""
    deletion_protection: NotRequired[bool]
    """Whether the engine refuses to delete release and namespace; default true. The volumes stay in any case."""
    sources: NotRequired[Mapping[str, str]]
    """`mirror` or `chart_folder`; default: everything from its maker."""


class Vault(Component):
    """Servers with raft storage and TLS, initialised once, filled with what each consumer needs, and no more.

    No key, no token and no secret passes through Pulumi: a Job within the Kubernetes cluster initialises it, keeps the
    recovery keys, encrypted for those who hold them, in a Secret, and gives the root token back. Mounts with keys are
    never removed, because every backup that was made with a key needs it. A changed image or configuration is taken by
    a pod when it is deleted, standbys first.
    """

    address: pulumi.Output[str]
    """Where consumers reach the active server."""
    namespace: pulumi.Output[str]
    """Its namespace."""
    ca: pulumi.Output[dict[str, str]]
    """Secret with the authority of its certificate: `namespace`, `secret` and `key`."""
    mount: pulumi.Output[str]
    """Mount of the platform's key-value store."""
    recovery_keys: pulumi.Output[str]
    """Where the recovery keys are: `namespace/secret/key`. Whoever holds them copies them from there."""
    encryption: pulumi.Output[dict[str, dict[str, Any]]]
    """`namespace/database` to its `encryption.vault`, complete but for the `store` of External Secrets."""
    shows: pulumi.Output[str]
    """What is so before anything waits no longer, in words."""

    def __init__(self, name: str, args: VaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(VaultSpec, f'vault "{name}"', args)
        self.begin(name, opts)
        self._spec = spec
        before: list[pulumi.Resource] = []
        if spec.create_namespace:
            made = NamespaceSpec(name=spec.home, deletion_protection=spec.deletion_protection)
            (manifest,) = namespace_objects(made, spec.ownership)
            before.append(place(self, "namespace", manifest, [], **self._kept()))
        needed = [*before, place(self, "certificate", objects.certificate(spec), before)]
        release = chart_release(
            self,
            "server",
            spec.software,
            vault_values(spec),
            namespace=spec.home,
            sources=spec.sources,
            release_name=spec.release,
            # No pod is ready before the Job below has initialised it.
            skip_await=True,
            depends_on=needed,
            **self._kept(),
        )
        self._gate = self._programs([*needed, release])
        self.publish(self._gate, **_outputs(spec))

    @property
    def gate(self) -> pulumi.Resource:
        """What logs in has to depend on: it is open, every member votes, each consumer has its role, and where there
        are snapshots, the first one is in the bucket."""
        return self._gate

    def _programs(self, before: list[pulumi.Resource]) -> pulumi.Resource:
        spec = self._spec
        rights = [
            place(self, f"{one['metadata']['name']}-{one['kind'].lower()}", one, before) for one in objects.rights(spec)
        ]
        gate = self._job("bootstrap", objects.bootstrap_job(spec), [*before, *rights])
        if spec.snapshots:
            snapshots = snapshot_job(spec, spec.snapshots)
            settings = place(self, "snapshot-program", snapshots.config_map(), before)
            # What is only in its volumes may not be relied on yet.
            gate = place(self, "first-snapshot", snapshots.job(), [gate, settings, *rights])
            place(self, "snapshot", snapshots.cron_job(spec.snapshots.schedule), [gate])
        if not spec.consumers.keys:
            return gate
        tokens = objects.tokens_job(spec)
        made = self._job("tokens", tokens, [gate, *rights])
        place(self, "tokens-schedule", tokens.cron_job(spec.tokens.schedule), [made])
        return made

    def _job(self, role: str, job: Any, behind: list[pulumi.Resource]) -> KubernetesObject:
        program = place(self, f"{role}-program", job.config_map(), behind)
        return place(self, role, job.job(), [program])

    def _kept(self) -> dict[str, bool]:
        return {"protect": self._spec.deletion_protection}


def _outputs(spec: VaultSpec) -> dict[str, Any]:
    encryption = {
        f"{one.namespace}/{one.database}": {"address": spec.address, "mount": one.place, "store_path": one.entry}
        for one in spec.consumers.keys
    }
    return {
        "address": spec.address,
        "namespace": spec.home,
        "ca": {"namespace": spec.home, "secret": certificate_secret(spec), "key": "ca.crt"},
        "mount": spec.mount,
        "recovery_keys": f"{spec.home}/{objects.keys_secret(spec)}/keys.json",
        "encryption": encryption,
        "shows": "every member votes, and each consumer has its role",
    }
