"""Rules on settings of mongod and mongos, and on encryption of the data files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dbaas_components.databases.psmdb import configuration
from dbaas_components.databases.psmdb.names import key_secret, vault_secret
from dbaas_components.errors import Problem, shown
from dbaas_components.naming import dns_label_problem

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec


def server_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Problems of parameters, mongos's configuration and encryption."""
    yield from _parameter_problems("parameters", spec.parameters)
    yield from _parameter_problems("proxy.parameters", spec.proxy.parameters)
    if spec.sharding:
        yield from _parameter_problems("sharding.config_parameters", spec.sharding.config_parameters)
    yield from _router_problems(spec)
    yield from _encryption_problems(spec)


def _parameter_problems(path: str, parameters: Mapping[str, Any]) -> Iterator[Problem]:
    for name, value in parameters.items():
        if not all(name.split(".")):
            yield Problem(f"{path}.{name}", f"{shown(name)} is no dotted path; write such as systemLog.verbosity")
        elif reason := configuration.owned(name, value):
            because, instead = reason
            yield Problem(f"{path}.{name}", f"is not open to parameters, because {because}; {instead}")
    try:
        configuration.nested(parameters)
    except configuration.Conflict as conflict:
        message = "stands beside another parameter that is above or below it; keep one of them"
        yield Problem(f"{path}.{conflict}", message)


def _router_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    proxy = spec.proxy
    if spec.sharding is None:
        for field in ("configuration", "parameters"):
            if getattr(proxy, field):
                yield Problem(f"proxy.{field}", "is mongos's, and there is none without sharding; leave it out")
        return
    if proxy.configuration is None:
        return
    if proxy.parameters:
        yield Problem("proxy.parameters", "stand beside proxy.configuration, which is the whole file; keep one")
    document = configuration.document(proxy.configuration)
    if document is None:
        yield Problem("proxy.configuration", "is no YAML with a mapping in it; write mongos's configuration file")
        return
    for name, value in configuration.flat(document):
        if reason := configuration.owned(name, value):
            because, instead = reason
            yield Problem("proxy.configuration", f"{name} is not open to it, because {because}; {instead}")
    if spec.audit and "auditLog" not in document:
        message = "has no auditLog, and audit is on: clients log in to mongos; add it, or use proxy.parameters"
        yield Problem("proxy.configuration", message)


def _encryption_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    encryption = spec.encryption
    if encryption is None:
        return
    if encryption.provider == "none":
        config_parameters = spec.sharding.config_parameters if spec.sharding else {}
        for path, parameters in (("parameters", spec.parameters), ("sharding.config_parameters", config_parameters)):
            if parameters.get(configuration.ENABLE_ENCRYPTION):
                message = "true contradicts encryption.provider none; leave it out"
                yield Problem(f"{path}.{configuration.ENABLE_ENCRYPTION}", message)
    if encryption.secret:
        yield from _volume_name_problem("encryption.secret", key_secret(spec) or encryption.secret)
    vault = encryption.vault
    if vault is None or encryption.provider != "vault":
        return
    if vault.secret:
        yield from _volume_name_problem("encryption.vault.secret", vault_secret(spec))
    if vault.path is None and not spec.namespace:
        message = "is required where the namespace comes from another resource; write the path below the mount"
        yield Problem("encryption.vault.path", message)
    for field in ("mount", "path"):
        value = getattr(vault, field)
        if value is not None and (value.startswith("/") or value.endswith("/")):
            yield Problem(f"encryption.vault.{field}", f"{shown(value)} has a slash at an end; leave it out")


def _volume_name_problem(path: str, secret: str) -> Iterator[Problem]:
    """The operator names a volume of the pods after the Secret."""
    if reason := dns_label_problem(secret, because="its name also becomes a volume's, and Kubernetes allows no more"):
        yield Problem(path, reason)
