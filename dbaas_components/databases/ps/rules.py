"""What the PS operator 1.2.0 would find too late or never: rules of its definition and controllers, and of names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from dbaas_components.databases.engine import ReplicaRule, replica_problems
from dbaas_components.databases.ps import backup_rules, names
from dbaas_components.databases.ps.parameters import parameter_problems
from dbaas_components.databases.sizes import PROFILES
from dbaas_components.errors import Problem, shown
from dbaas_components.naming import DNS_LABEL_LIMIT
from dbaas_components.quantities import Quantity

if TYPE_CHECKING:
    from dbaas_components.databases.engine import Engine
    from dbaas_components.databases.spec import DatabaseSpec, placement

# The operator's definition asks for three or more of either kind, and knows no most of asynchronous replicas; beyond
# nine the primary's own work for its replicas outweighs what they read.
_ASYNCHRONOUS: Final = ReplicaRule("asynchronous replication", tuple(range(3, 10)), odd=False)
_ORCHESTRATORS: Final = (3, 5, 7, 9)
# What the operator's automatic tuning divides the memory by to get `max_connections`.
_LEAST_MEMORY: Final = Quantity.parse("12582880")


def problems(spec: DatabaseSpec, engine: Engine) -> Iterator[Problem]:
    """Every problem that only this engine has."""
    asynchronous = spec.replication.mode == "async"
    yield from replica_problems(spec, _ASYNCHRONOUS if asynchronous else engine.replicas)
    yield from _proxy_problems(spec, asynchronous)
    yield from _spare_problems(spec)
    yield from _orchestrator_problems(spec, asynchronous)
    yield from _pod_problems(spec)
    yield from parameter_problems(spec.parameters)
    yield from _certificate_problems(spec)
    yield from _token_problems(spec)
    yield from backup_rules.problems(spec)
    yield from _name_problems(spec)


def _proxy_problems(spec: DatabaseSpec, asynchronous: bool) -> Iterator[Problem]:
    if spec.proxy.replicas == 0:
        yield Problem("proxy.replicas", "0 leaves no way in; write 2 or more, or 1 for profile dev")
    if spec.proxy.type != names.ROUTER:
        return
    if asynchronous:
        message = '"router" knows group replication only; choose haproxy, or replication.mode group'
        yield Problem("proxy.type", message)
    if spec.proxy.pods.labels:
        message = "have no effect on router, whose pods take the labels of pods; write pods.labels, or choose haproxy"
        yield Problem("proxy.pods.labels", message)
    if spec.proxy.pods.liveness:
        yield Problem("proxy.pods.liveness", "has no effect on router, which is asked for readiness only; leave it out")


def _spare_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    spare = spec.spare_proxy
    if spare is None:
        return
    if spare.type not in (names.HAPROXY, names.ROUTER) or spare.type == spec.proxy.type:
        other = names.HAPROXY if spec.proxy.type == names.ROUTER else names.ROUTER
        yield Problem("spare_proxy.type", f'{shown(spare.type)} is not the other proxy of this engine; write "{other}"')
    elif spare.type == names.ROUTER:
        for field in ("labels", "liveness"):
            if getattr(spare.pods, field):
                yield Problem(f"spare_proxy.pods.{field}", "has no effect on router; leave it out")


def _orchestrator_problems(spec: DatabaseSpec, asynchronous: bool) -> Iterator[Problem]:
    orchestrator = spec.orchestrator
    if orchestrator is None or not orchestrator.enabled:
        if asynchronous:
            message = (
                "is required for asynchronous replication, which fails over by nothing else; leave it to its default"
            )
            yield Problem("orchestrator", message)
        return
    if not asynchronous:
        message = "is for replication.mode async; a group elects its primary itself, so leave it out or disable it"
        yield Problem("orchestrator", message)
        return
    single = PROFILES[spec.profile].single_replica
    if orchestrator.replicas not in (*((1,) if single else ()), *_ORCHESTRATORS):
        message = f"{orchestrator.replicas} gives no majority that survives a loss; write 3, 5, 7 or 9"
        yield Problem(
            "orchestrator.replicas", message + (" (1 is for profile dev)" if orchestrator.replicas == 1 else "")
        )


def _pod_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    memory = spec.pods.resources.largest_memory or spec.pods.resources.memory
    if memory and "max_connections" not in spec.parameters and Quantity.parse(memory) < _LEAST_MEMORY:
        field = "memory_limit" if spec.pods.resources.largest_memory else "memory"
        message = f"{memory} is too little for a single connection, says the operator; write 512Mi or more"
        yield Problem(f"pods.resources.{field}", message)
    yield from _probe_problems("pods", spec.pods)
    yield from _probe_problems("proxy.pods", spec.proxy.pods)


def _probe_problems(path: str, pods: placement.Pods) -> Iterator[Problem]:
    for name, probe in (("readiness", pods.readiness), ("liveness", pods.liveness)):
        if probe and probe.initial_delay_seconds == 0:
            message = "0 stands for the operator's own value here; write 1, or leave it out"
            yield Problem(f"{path}.{name}.initial_delay_seconds", message)


def _certificate_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    issuer, secret = spec.tls.issuer, spec.tls.secret
    if secret and spec.tls.names:
        yield Problem(
            "tls.names", f"have no effect on the ready-made certificate in {shown(secret)}; put them in there"
        )
    if secret and spec.deletion.certificates == "delete":
        message = f'"delete" would take the ready-made certificate in {shown(secret)} too; write retain'
        yield Problem("deletion.certificates", message)
    if issuer and issuer.group != "cert-manager.io":
        message = (
            f"{shown(issuer.group)} has no Issuers that the operator looks for; write cert-manager.io, or leave it out"
        )
        yield Problem("tls.issuer.group", message)


def _token_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """The operator fills in missing passwords and never the token, and then runs no client beside the servers."""
    pmm = spec.observability.pmm
    if pmm and pmm.enabled and not (spec.credentials.secret or spec.credentials.store):
        message = (
            f'needs key pmmservertoken in Secret "{names.credentials_secret(spec)}", and the operator makes none; name '
            "a Secret that has it as credentials.secret, or a store as credentials.store"
        )
        yield Problem("observability.pmm", message)


def _name_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    source = spec.data_source
    job = f"pitr-restore-{names.restore_name(spec)}"
    if source and (source.at or source.gtid) and len(job) > DNS_LABEL_LIMIT:
        longest = len(spec.name) - (len(job) - DNS_LABEL_LIMIT)
        message = (
            f'{shown(spec.name)} gives the job "{job}" of {len(job)} characters, and Kubernetes allows '
            f"{DNS_LABEL_LIMIT}; shorten the name to at most {longest}"
        )
        yield Problem("name", message)
