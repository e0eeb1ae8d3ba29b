"""What a specification must be for this engine: what the operator checks too late, or never.

Source: `Validate` and `CheckNSetDefaults` of the PXC operator 1.20.0, and its entry points and log shipper.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from dbaas_components.databases.engine import replica_problems
from dbaas_components.databases.pxc import names
from dbaas_components.databases.pxc.backup_rules import backup_problems
from dbaas_components.databases.pxc.parameters import parameter_problems
from dbaas_components.databases.pxc.row import ENGINE
from dbaas_components.databases.pxc.user_rules import user_problems
from dbaas_components.databases.spec.part import duration_of
from dbaas_components.errors import Problem, shown

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec

# Defaults of the operator, which it holds against what is given.
_CERTIFICATE: Final = "90d"
_AUTHORITY: Final = "1095d"
_RENEWAL: Final = "730h"
_TEMPLATE: Final = "{{"
_SERVICE_LABELS: Final = "app.kubernetes.io/"
_PLAIN_VAULT: Final = re.compile(r"[^\s'\"{}]+")


def problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Every problem that only this engine has."""
    yield from replica_problems(spec, ENGINE.replicas)
    yield from _proxy_problems(spec)
    yield from _spare_problems(spec)
    yield from parameter_problems(spec)
    yield from user_problems(spec)
    yield from _certificate_problems(spec)
    yield from _encryption_problems(spec)
    yield from backup_problems(spec)
    yield from _label_problems(spec)


def _proxy_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    proxy = spec.proxy
    if proxy.type not in ("haproxy", "proxysql"):
        # The table of capabilities has said what to choose.
        return
    if proxy.replicas == 0:
        message = "0 leaves no way to the writer, and the operator restarts pods in order only behind a proxy; write"
        yield Problem("proxy.replicas", f"{message} 2 or more, or 1 for profile dev")
    if names.behind_proxysql(spec):
        if spec.expose.read:
            message = "has no Service of its own: ProxySQL tells reads from writes by itself; use expose.write"
            yield Problem("expose.read", message)
        for probe in ("readiness", "liveness"):
            if getattr(proxy.pods, probe):
                yield Problem(f"proxy.pods.{probe}", "is not used: the operator does not probe ProxySQL; leave it out")
    elif proxy.storage_size:
        message = f"{proxy.storage_size} has no use: HAProxy keeps nothing; leave it out, or choose type proxysql"
        yield Problem("proxy.storage_size", message)
    limits = proxy.pods.resources
    if _TEMPLATE in (proxy.configuration or "") and not (limits.memory or limits.largest_memory):
        message = "holds a template, which the operator fills from the memory limit; add proxy.pods.resources.memory"
        yield Problem("proxy.configuration", message)


def _spare_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    spare = spec.spare_proxy
    if spare is None:
        return
    if spare.type not in ("haproxy", "proxysql") or spare.type == spec.proxy.type:
        other = "haproxy" if names.behind_proxysql(spec) else "proxysql"
        yield Problem("spare_proxy.type", f'{shown(spare.type)} is not the other proxy of this engine; write "{other}"')
    elif spare.type == "haproxy" and spare.storage_size:
        yield Problem(
            "spare_proxy.storage_size", f"{spare.storage_size} has no use: HAProxy keeps nothing; leave it out"
        )
    elif spare.type == "proxysql":
        for probe in ("readiness", "liveness"):
            if getattr(spare.pods, probe):
                message = "is not used: the operator does not probe ProxySQL; leave it out"
                yield Problem(f"spare_proxy.pods.{probe}", message)


def _certificate_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    tls = spec.tls
    certificate = duration_of(tls.certificate_lifetime or _CERTIFICATE)
    authority = duration_of(tls.authority_lifetime or _AUTHORITY)
    if tls.certificate_lifetime and not tls.authority_lifetime and certificate > authority:
        message = f"{tls.certificate_lifetime} is longer than the authority's own, {_AUTHORITY}; write at most that, or"
        yield Problem("tls.certificate_lifetime", f"{message} a longer tls.authority_lifetime")
    if tls.authority_lifetime and authority <= duration_of(_RENEWAL):
        message = f"{tls.authority_lifetime} is not more than the {_RENEWAL} before its end at which it is renewed"
        yield Problem("tls.authority_lifetime", f"{message}; write more, such as {_AUTHORITY}")
    if tls.internal_secret and not tls.secret:
        message = "stands without tls.secret, and the operator would write a certificate of its own into it; give both"
        yield Problem("tls.internal_secret", f"{shown(tls.internal_secret)} {message}")
    if tls.secret:
        for field in ("names", "certificate_lifetime", "authority_lifetime"):
            if getattr(tls, field):
                message = f"has no effect on a ready-made certificate, {shown(tls.secret)}; leave one of them out"
                yield Problem(f"tls.{field}", message)


def _encryption_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    vault = spec.encryption.vault if spec.encryption else None
    if vault is None:
        return
    for field, value in (("address", vault.address), ("mount", vault.mount)):
        if not _PLAIN_VAULT.fullmatch(value):
            message = f"{shown(value)} would break the keyring's configuration; leave out spaces, quotes and braces"
            yield Problem(f"encryption.vault.{field}", message)


def _label_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    spare = (("spare_proxy.pods", spec.spare_proxy.pods),) if spec.spare_proxy else ()
    for path, pods in (("pods", spec.pods), ("proxy.pods", spec.proxy.pods), *spare):
        for label in pods.labels:
            if label.startswith(_SERVICE_LABELS):
                message = "is a label by which the operator finds its pods; choose a key without app.kubernetes.io/"
                yield Problem(f"{path}.labels.{label}", message)
