"""`Platform`: everything that databases need of one Kubernetes cluster, in order."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.cert_manager import CertManager
from dbaas_components.bootstrap.certificate_authority import CertificateAuthority, NamespaceIssuers
from dbaas_components.bootstrap.claim_labels import ClaimLabels
from dbaas_components.bootstrap.coroot.component import Coroot
from dbaas_components.bootstrap.external_secrets import ExternalSecrets
from dbaas_components.bootstrap.monitoring import MonitoringStack
from dbaas_components.bootstrap.namespaces import Namespaces
from dbaas_components.bootstrap.operators.component import Operators
from dbaas_components.bootstrap.platform_completion import keeps_secrets_in_vault, serves_monitors
from dbaas_components.bootstrap.platform_spec import PlatformSpec, parse_platform
from dbaas_components.bootstrap.pmm.component import Pmm
from dbaas_components.bootstrap.pmm.tokens import PmmTokens
from dbaas_components.bootstrap.portworx.component import Portworx
from dbaas_components.bootstrap.priority_classes import PriorityClasses
from dbaas_components.bootstrap.restore_secrets.kept import RestoreSecrets
from dbaas_components.bootstrap.secret_store import SecretStore
from dbaas_components.bootstrap.storage_tiers import StorageTiers
from dbaas_components.bootstrap.vault.component import Vault
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.observability.dashboards.component import Dashboards
from dbaas_components.observability.fleet_alerts import FleetAlerts


class PlatformArgs(TypedDict):
    """Arguments of `Platform`. A part that is not given is not made; `{}` makes it with all its defaults."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's. On everything."""
    sources: NotRequired[Mapping[str, str]]
    """Where charts and images come from: `mirror` or `chart_folder`; default: everything from its maker."""
    versions: NotRequired[Mapping[str, str]]
    """Chart to version, where a program writes down what it expects; refused outside the known-good combinations."""
    cloud: NotRequired[Mapping[str, Any]]
    """Cloud profile, as `StorageTiers` takes it: its StorageClasses are made."""
    priority_classes: NotRequired[bool]
    """Whether the PriorityClasses are made; default true."""
    namespaces: NotRequired[Sequence[Mapping[str, Any]]]
    """Namespaces of databases, as `Namespaces` takes them."""
    cert_manager: NotRequired[Mapping[str, Any]]
    """Arguments of `CertManager`."""
    certificate_authority: NotRequired[Mapping[str, Any]]
    """Arguments of `CertificateAuthority`."""
    namespace_issuers: NotRequired[Mapping[str, Any]]
    """Arguments of `NamespaceIssuers`; `namespaces` that are made here are waited for."""
    external_secrets: NotRequired[Mapping[str, Any]]
    """Arguments of `ExternalSecrets`."""
    secret_store: NotRequired[Mapping[str, Any]]
    """Arguments of `SecretStore`."""
    operators: NotRequired[Mapping[str, Any]]
    """Arguments of `Operators`."""
    pmm: NotRequired[Mapping[str, Any]]
    """Arguments of `Pmm`."""
    pmm_tokens: NotRequired[Mapping[str, Any]]
    """Arguments of `PmmTokens`; `server` is that of `pmm` unless it is given."""
    coroot: NotRequired[Mapping[str, Any]]
    """Arguments of `Coroot`."""
    vault: NotRequired[Mapping[str, Any]]
    """Arguments of `Vault`. External Secrets' store and PMM's tokens, as far as they are in it, are let in by
    themselves, and `secret_store` is in it unless it says otherwise."""
    claim_labels: NotRequired[Mapping[str, Any]]
    """Arguments of `ClaimLabels`."""
    monitoring: NotRequired[Mapping[str, Any]]
    """Arguments of `MonitoringStack`."""
    fleet_alerts: NotRequired[Mapping[str, Any]]
    """Arguments of `FleetAlerts`; `operators` are those of the platform unless they are given."""
    dashboards: NotRequired[Mapping[str, Any]]
    """Arguments of `Dashboards`."""
    portworx: NotRequired[Mapping[str, Any]]
    """Arguments of `Portworx`."""
    restore_secrets: NotRequired[Mapping[str, Any]]
    """Arguments of `RestoreSecrets`."""


class Platform(Component):
    """Namespaces and storage, certificates, secrets, operators and monitoring of one Kubernetes cluster.

    Each part waits until those that it needs have shown that they work; a `destroy` goes the other way. The
    definitions of all kinds are not among them: `CustomResourceDefinitions` owns those, and is what the platform itself
    has to depend on.
    """

    storage_tiers: pulumi.Output[dict[str, str]]
    """StorageClass by tier, for the databases' `storage_tiers`; empty without `cloud`."""
    operator_namespaces: pulumi.Output[dict[str, list[str]]]
    """Engine to the namespaces of its operators; empty without `operators`."""
    issuers: pulumi.Output[dict[str, str]]
    """`cluster` and `namespace`, names of the issuers that databases may name; without those that are not made."""
    pmm_host: pulumi.Output[str | None]
    """For the databases' `observability.pmm.server`; None without `pmm`."""
    vault: pulumi.Output[str | None]
    """Address of Vault; None without `vault`."""
    encryption: pulumi.Output[dict[str, Any]]
    """`namespace/database` to its `encryption.vault` but for the `store`; empty without `vault`."""

    def __init__(self, name: str, args: PlatformArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of every part, before anything is registered."""
        spec = parse_platform(name, args)
        self.begin(name, opts)
        self._metrics: MonitoringStack | None = None
        self._parts = spec.parts
        self._basics(spec)
        self._certificates()
        self._measured(spec)
        self._secrets()
        self._operators = self._part(Operators, "operators", [self.certificates_gate, self._stored])
        self._part(ClaimLabels, "claim_labels", [self._operators])
        self._part(Portworx, "portworx", [self._operators])
        self._observed()
        self.publish(*self._outputs_gates(), **self._outputs())

    def _part(self, kind: Any, key: str, behind: Sequence[pulumi.Resource | None]) -> Any:
        """The part of this name where it was asked for, after others."""
        if key not in self._parts:
            return None
        before = [one for one in behind if one is not None]
        if self._parts[key].get("service_monitor") and serves_monitors(self._parts) and self._metrics:
            # Its chart would be refused for a kind that is not served yet.
            before.append(self._metrics.gate)
        role = key.replace("_", "-")
        return kind(self.child_name(role), self._parts[key], self.child_options(depends_on=before or None))

    def _basics(self, spec: PlatformSpec) -> None:
        if spec.priority_classes:
            common: Any = {"ownership": spec.ownership.model_dump()}
            PriorityClasses(self.child_name("priority-classes"), common, self.child_options())
        self._tiers: StorageTiers | None = self._part(StorageTiers, "cloud", [])
        self._namespaces: Namespaces | None = self._part(Namespaces, "namespaces", [])

    def _certificates(self) -> None:
        self._cert_manager: CertManager | None = self._part(CertManager, "cert_manager", [])
        cert_manager = self._cert_manager.gate if self._cert_manager else None
        self._authority: CertificateAuthority | None = self._part(
            CertificateAuthority, "certificate_authority", [cert_manager]
        )
        behind = [
            self._authority.gate if self._authority else cert_manager,
            *self._namespace_gates("namespace_issuers"),
        ]
        self._issuers: NamespaceIssuers | None = self._part(NamespaceIssuers, "namespace_issuers", behind)

    def _measured(self, spec: PlatformSpec) -> None:
        self._metrics = self._part(MonitoringStack, "monitoring", [self.certificates_gate])
        measured = self._metrics.gate if self._metrics else None
        self._part(FleetAlerts, "fleet_alerts", [measured])
        self._part(Dashboards, "dashboards", [measured])
        if spec.cert_manager_monitor:
            options = self.child_options(depends_on=[measured] if measured else None)
            KubernetesObject(self.child_name("cert-manager-monitor"), spec.cert_manager_monitor, options)

    def _secrets(self) -> None:
        self._vault: Vault | None = self._part(Vault, "vault", [self.certificates_gate])
        opened = self._vault.gate if self._vault else None
        # From a store elsewhere they may bring what Vault itself starts with.
        first = opened if keeps_secrets_in_vault(self._parts) else None
        self._external_secrets: ExternalSecrets | None = self._part(ExternalSecrets, "external_secrets", [first])
        gate = self._external_secrets.gate if self._external_secrets else None
        self._store: SecretStore | None = self._part(SecretStore, "secret_store", [gate, opened])
        self._stored: pulumi.Resource | None = self._store.gate if self._store else gate
        self._part(RestoreSecrets, "restore_secrets", [self._stored])

    def _observed(self) -> None:
        opened = self._vault.gate if self._vault else None
        self._pmm: Pmm | None = self._part(Pmm, "pmm", [self.certificates_gate, opened, self._stored])
        answering = self._pmm.gate if self._pmm else None
        self._part(PmmTokens, "pmm_tokens", [answering, opened, *self._namespace_gates("pmm_tokens")])
        self._part(Coroot, "coroot", [self._stored])

    def _namespace_gates(self, key: str) -> list[pulumi.Resource]:
        """The namespaces that a part puts something into, as far as they are made here."""
        part = self._parts.get(key, {})
        wanted = [*part.get("namespaces", ()), *(one["namespace"] for one in part.get("consumers", ()))]
        made = self._namespaces
        there = {one["name"] for one in self._parts.get("namespaces", {}).get("namespaces", ())}
        return [made.gate(name) for name in dict.fromkeys(wanted) if made is not None and name in there]

    @property
    def certificates_gate(self) -> pulumi.Resource | None:
        """What needs certificates has to depend on; None where the platform makes none."""
        if self._authority is not None:
            return self._authority.gate
        return self._cert_manager.gate if self._cert_manager else None

    def gates(self, engine: str, namespace: str) -> list[pulumi.Resource]:
        """What a database of this engine in this namespace has to depend on: its namespace, its issuer, its operator,
        and the store of its passwords, as far as they are of this platform.

        Raises `SpecError` where the platform's operators would not see the database.
        """
        found: list[pulumi.Resource | None] = [self.certificates_gate]
        if namespace in {one["name"] for one in self._parts.get("namespaces", {}).get("namespaces", ())}:
            found.append(self._namespaces.gate(namespace) if self._namespaces else None)
        if self._issuers and namespace in self._parts["namespace_issuers"]["namespaces"]:
            found.append(self._issuers.gate(namespace))
        if self._store:
            found.append(self._store.gate)
        elif self._external_secrets:
            # Its webhook is asked about every ExternalSecret, whoever made the store.
            found.append(self._external_secrets.gate)
        if self._operators:
            found.append(self._operators.gate(engine, namespace))
        return [one for one in found if one is not None]

    @property
    def metrics_gate(self) -> pulumi.Resource | None:
        """What rules and monitors have to depend on; None where the platform makes no metrics stack."""
        return self._metrics.gate if self._metrics else None

    def _outputs_gates(self) -> list[pulumi.Resource]:
        parts = (self._tiers, self._authority, self._issuers, self._vault, self._operators, self._pmm, self._metrics)
        return [part for part in parts if part is not None]

    def _outputs(self) -> Mapping[str, Any]:
        issuers = {
            "cluster": self._authority.issuer if self._authority else None,
            "namespace": self._issuers.issuer if self._issuers else None,
        }
        return {
            "storage_tiers": self._tiers.names if self._tiers else {},
            "operator_namespaces": self._operators.operator_namespaces if self._operators else {},
            "issuers": {kind: name for kind, name in issuers.items() if name is not None},
            "pmm_host": self._pmm.host if self._pmm else None,
            "vault": self._vault.address if self._vault else None,
            "encryption": self._vault.encryption if self._vault else {},
        }
