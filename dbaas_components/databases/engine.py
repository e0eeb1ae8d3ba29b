"""What an engine has to say of itself to take part: one row of the table in `engines`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.sizes import PROFILES, Profile
from dbaas_components.naming import NameLimit
from dbaas_components.versions import VERSIONS, EngineVersions

if TYPE_CHECKING:
    from dbaas_components.databases.custom_resources.common import CustomResourceModel
    from dbaas_components.databases.layers import Layer
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.errors import Problem

SINGLE_REPLICA_PROFILES: Final = tuple(name for name, profile in PROFILES.items() if profile.single_replica)


@dataclass(frozen=True, slots=True)
class ReplicaRule:
    """How many replicas an engine's replication takes."""

    technology: str
    """The word for it in an error message: `Galera`."""
    allowed: tuple[int, ...]
    """Counts that survive the loss of one replica."""
    odd: bool
    """Whether a majority decides, so that an even count only adds cost."""

    def problem(self, replicas: int, profile: Profile) -> str | None:
        """What is wrong with this many replicas in this profile, or None."""
        allowed = (1, *self.allowed) if profile.single_replica else self.allowed
        if replicas in allowed:
            return None
        if self.odd and replicas > 0 and replicas % 2 == 0:
            what = "is even"
        elif replicas > allowed[-1]:
            what = "is too many"
        else:
            what = "is too few"
        from dbaas_components.errors import shown

        message = f"replicas {shown(replicas)} {what}; {self.technology} needs {self._counts(allowed)}"
        if replicas == 1:
            message += f" (one replica, without failover, is for profile {' or '.join(SINGLE_REPLICA_PROFILES)})"
        return message

    def _counts(self, allowed: tuple[int, ...]) -> str:
        if not self.odd:
            return f"{allowed[0]} to {allowed[-1]}"
        return f"an odd count of {', '.join(map(str, allowed[:-1]))} or {allowed[-1]}"


def replica_problems(spec: DatabaseSpec, rule: ReplicaRule) -> Iterator[Problem]:
    """The problem of a count of replicas that the rule does not allow."""
    from dbaas_components.errors import Problem

    if reason := rule.problem(spec.replicas, PROFILES[spec.profile]):
        yield Problem("replicas", reason)


@dataclass(frozen=True, slots=True)
class ServicePort:
    """A Service that the operator makes, and the port to use there."""

    service: str
    port: int


@dataclass(frozen=True, slots=True)
class Placed:
    """An object beside the custom resource: a certificate, a network policy, the restore of the first data."""

    role: str
    """What it is for; with the database's name, the name of its resource."""
    manifest: dict[str, Any]
    """The whole object. Its namespace is the database's."""
    after: bool = False
    """Whether it comes after the custom resource; before it otherwise."""
    restores: bool = False
    """Whether it has the operator write a backup over what the database holds."""


@dataclass(frozen=True, slots=True)
class SecretKeys:
    """A Secret with passwords: its name and the keys that make it complete."""

    secret: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Password:
    """Where one user's password is, in the database's namespace."""

    secret: str
    key: str
    made_by_operator: bool = False
    """Whether a new one is had by emptying the key: the operator then makes it, with all that follows from it."""


@dataclass(frozen=True, slots=True)
class NetworkRules:
    """What an engine's network policies have to know."""

    pods: Mapping[str, str]
    """Labels of all pods of one database, with its name in place of `{name}`."""
    client_ports: tuple[int, ...]
    """Ports that clients connect to."""
    operator_namespace: str
    """Namespace of the operator in its official manifests."""
    metrics_ports: tuple[int, ...] = ()
    """Ports that are scraped for metrics."""


@dataclass(frozen=True, slots=True)
class Engine:
    """One database engine and the operator that runs it."""

    name: str
    """Our word: `pxc`."""
    software: str
    """Value of the label `app.kubernetes.io/name`."""
    also_called: tuple[str, ...]
    """What people call it who do not know our word yet: such a name is refused, and ours is offered."""
    api_version: str
    kind: str
    plural: str
    short_names: tuple[str, ...]
    port: int
    """Port of the write endpoint."""
    name_limit: NameLimit
    replicas: ReplicaRule
    """How many replicas its usual shape takes."""
    minimum_storage: str
    """Below this the server cannot hold even its own empty files and logs."""
    host_suffix: str
    """What follows `<service>.<namespace>` in a host name that the server's certificate also bears."""
    defaults: Callable[[Mapping[str, Any]], Iterable[Layer]]
    """What was given, in plain mappings and possibly wrong, to the layers that this engine adds below it."""
    check: Callable[[DatabaseSpec], Iterable[Problem]]
    """Specification to the problems that only this engine has, and that its operator would find too late or never."""
    endpoints: Callable[[DatabaseSpec], Mapping[str, ServicePort]]
    """Specification to endpoints: `write`, `read`, `admin`, `internal`, and others that only this engine has."""
    uri: Callable[[DatabaseSpec, str, str], str]
    """Specification, purpose and `host:port` to a connection URI without a password."""
    credentials: Callable[[DatabaseSpec], tuple[str, str]]
    """Specification to Secret name and key of the password: the administrator's, for pg the owner role's."""
    system_users: Callable[[DatabaseSpec], SecretKeys]
    """Specification to the Secret of the engine's own users, with all keys that the operator fills."""
    passwords: Callable[[DatabaseSpec], Mapping[str, Password]]
    """Specification to the password of every user whose password the operator changes when its Secret does."""
    ca: Callable[[DatabaseSpec], tuple[str, str]]
    """Specification to Secret name and key of the certificate authority that clients verify."""
    network: NetworkRules
    """What network policies have to know."""
    render: Callable[[DatabaseSpec], dict[str, Any]]
    """Specification to the whole custom resource, as it is sent to the API server, without overrides. Pure."""
    objects: Callable[[DatabaseSpec], Iterable[Placed]]
    """Specification to the objects that this engine needs beside it. Pure."""
    features: Callable[[DatabaseSpec], Iterable[str]]
    """Specification to the features in use that hand fields over to the operator; see `operator_owned`."""
    model: Callable[[], type[CustomResourceModel]]
    """The typed model of the custom resource. A function: a model costs import time, and a stack has few engines."""
    adopt: Callable[[Mapping[str, Any]], dict[str, Any]]
    """A running custom resource to the arguments that say the same, as far as there are words for it. What is left
    becomes overrides, so a field that is missed here is off the paved road but never lost."""
    reserved_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Names that a database of this engine cannot have, each with the reason."""

    @property
    def versions(self) -> EngineVersions:
        """This engine's pins."""
        return VERSIONS[self.name]

    @property
    def group(self) -> str:
        """The API group of the operator's definitions."""
        return self.api_version.partition("/")[0]

    @property
    def definition_name(self) -> str:
        """Name of the CustomResourceDefinition of a database of this engine."""
        return f"{self.plural}.{self.group}"
