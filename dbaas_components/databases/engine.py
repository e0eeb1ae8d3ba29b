"""What an engine has to say of itself to take part: one row of the table in `engines`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.sizes import PROFILES, Profile
from dbaas_components.naming import NameLimit
from dbaas_components.versions import VERSIONS, EngineVersions

if TYPE_CHECKING:
    from dbaas_components.databases.custom_resources.common import CustomResourceModel
    from dbaas_components.databases.spec import DatabaseSpec

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
        message = f"replicas {replicas} {what}; {self.technology} needs {self._counts(allowed)}"
        if replicas == 1:
            message += f" (one replica, without failover, is for profile {' or '.join(SINGLE_REPLICA_PROFILES)})"
        return message

    def _counts(self, allowed: tuple[int, ...]) -> str:
        if not self.odd:
            return f"{allowed[0]} to {allowed[-1]}"
        return f"an odd count of {', '.join(map(str, allowed[:-1]))} or {allowed[-1]}"


@dataclass(frozen=True, slots=True)
class ServicePort:
    """A Service that the operator makes, and the port to use there."""

    service: str
    port: int


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
    minimum_storage: str
    """Below this the server cannot hold even its own empty files and logs."""
    host_suffix: str
    """What follows `<service>.<namespace>` in a host name that the server's certificate also bears."""
    endpoints: Callable[[str], Mapping[str, ServicePort]]
    """Database name to endpoints: `write`, `read`, and others that only this engine has."""
    credentials: Callable[[str], tuple[str, str]]
    """Database name to Secret name and key of the password: the administrator's, for pg the owner role's."""
    ca: Callable[[str], tuple[str, str]]
    """Database name to Secret name and key of the certificate authority that clients verify."""
    render: Callable[[DatabaseSpec], dict[str, Any]]
    """Specification to the whole custom resource, as it is sent to the API server. Pure."""
    model: Callable[[], type[CustomResourceModel]]
    """The typed model of the custom resource. A function: a model costs import time, and a stack has few engines."""

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
