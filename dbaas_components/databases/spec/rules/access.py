"""Rules on ways in, users, certificates, encryption and deletion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, cast

from dbaas_components.databases.spec.database import DatabaseSpec
from dbaas_components.databases.spec.part import duration_of
from dbaas_components.databases.spec.proxy import Exposure
from dbaas_components.errors import Problem, shown


def access_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Problems of exposure, names that stand there twice, certificates, encryption, credentials and deletion."""
    for endpoint in ("write", "read", "primary", "pods"):
        exposure: Exposure | None = getattr(spec.expose, endpoint)
        if exposure:
            yield from _exposure_problems(f"expose.{endpoint}", exposure)
    yield from _repeated("users", (user.name for user in spec.users))
    yield from _repeated("databases", spec.databases)
    yield from _repeated("extensions", spec.extensions)
    yield from _repeated("roles", (f"{role.database}.{role.name}" for role in spec.roles))
    yield from _repeated("instance_sets", (one.name for one in spec.instance_sets))
    yield from _tls_problems(spec)
    yield from _encryption_problems(spec)
    if spec.credentials.store_path and not spec.credentials.store:
        yield Problem("credentials.store", "is required where store_path is given; name the store")
    if spec.credentials.store and not spec.credentials.store_path and not spec.namespace:
        message = "is required where the namespace comes from another resource; write where the passwords are"
        yield Problem("credentials.store_path", message)
    yield from _deletion_problems(spec)
    yield from _override_problems(spec)


def _exposure_problems(path: str, exposure: Exposure) -> Iterator[Problem]:
    balanced = exposure.type == "load_balancer"
    if balanced and not exposure.source_ranges:
        message = 'is required for a load balancer; write the networks it lets in, such as ["10.0.0.0/8"]'
        yield Problem(f"{path}.source_ranges", message)
    if exposure.source_ranges and not balanced:
        yield Problem(f"{path}.source_ranges", f"has no effect on type {exposure.type}; write type load_balancer")
    if exposure.load_balancer_class and not balanced:
        message = f"{shown(exposure.load_balancer_class)} is for type load_balancer only; leave it out"
        yield Problem(f"{path}.load_balancer_class", message)
    if exposure.external_traffic_policy and exposure.type == "internal":
        message = f"{shown(exposure.external_traffic_policy)} is refused by Kubernetes for type internal; leave it out"
        yield Problem(f"{path}.external_traffic_policy", message)


def _repeated(path: str, names: Iterable[str]) -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Problem(path, f"{shown(name)} stands there {count} times; keep one")


def _tls_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    tls = spec.tls
    if tls.certificate_lifetime and duration_of(tls.certificate_lifetime) < duration_of("1h"):
        # cert-manager 1.21 refuses less.
        yield Problem("tls.certificate_lifetime", f"{tls.certificate_lifetime} is too short; write 1h or more")
    if tls.authority_lifetime:
        certificate = tls.certificate_lifetime or "90d"
        if duration_of(tls.authority_lifetime) < duration_of(certificate):
            message = f"{tls.authority_lifetime} ends before a certificate does ({certificate}); write at least that"
            yield Problem("tls.authority_lifetime", message)
    if tls.issuer and tls.secret:
        yield Problem("tls.secret", "is a ready-made certificate and tls.issuer would make one; leave one of them out")


def _encryption_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    encryption = spec.encryption
    if encryption is None:
        return
    if encryption.provider == "vault" and encryption.vault is None:
        yield Problem("encryption.vault", "is required for provider vault; write its address and mount")
    if encryption.provider != "vault" and encryption.vault is not None:
        yield Problem("encryption.vault", f"has no meaning for provider {encryption.provider}; write provider vault")
    if encryption.provider != "secret" and encryption.secret is not None:
        yield Problem("encryption.secret", f"has no meaning for provider {encryption.provider}; leave it out")
    if encryption.provider == "none" and spec.profile == "critical":
        yield Problem("encryption.provider", '"none" is refused for profile critical; write vault or secret')
    vault = encryption.vault
    if vault and (vault.store is None) != (vault.store_path is None):
        wanted = "store_path" if vault.store else "store"
        yield Problem(f"encryption.vault.{wanted}", "is required with the other of store and store_path; add it")


def _deletion_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    if not spec.deletion_protection:
        return
    for field in ("volumes", "backups"):
        if getattr(spec.deletion, field) == "delete":
            message = '"delete" contradicts deletion_protection, which is on; write deletion_protection false first'
            yield Problem(f"deletion.{field}", message)


def _override_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """What names an object, and what says which kind it is, is not open to overrides."""
    for key, value in spec.overrides.items():
        if key not in ("metadata", "spec"):
            yield Problem(f"overrides.{key}", 'is not open to overrides; write fields below "spec" or "metadata"')
        elif not isinstance(value, dict):
            yield Problem(f"overrides.{key}", f"{shown(value)} is not a mapping; write a mapping")
        elif key == "metadata":
            for field in {"name", "namespace"}.intersection(cast("dict[str, Any]", value)):
                yield Problem(f"overrides.metadata.{field}", f"is not open to overrides; write {field} instead")
