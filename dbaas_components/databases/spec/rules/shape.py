"""Rules on names, sizes, volumes, placement and images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dbaas_components.databases.engine import Engine
from dbaas_components.databases.sizes import PROFILES
from dbaas_components.databases.spec.database import DatabaseSpec
from dbaas_components.databases.spec.placement import Pods
from dbaas_components.databases.spec.sizing import Resources, Storage
from dbaas_components.errors import Problem, one_of, shown
from dbaas_components.labels import DOMAIN
from dbaas_components.naming import SERVICE_NAME_LIMIT, dns_label_problem, namespace_problem
from dbaas_components.quantities import Quantity
from dbaas_components.versions import DEFAULT_REGISTRY

_REGISTRY = re.compile(r"[a-z0-9]([-.a-z0-9]*[a-z0-9])?(:\d{1,5})?(/[a-z0-9]+([-._a-z0-9]*[a-z0-9])?)*")
_LARGEST_STORAGE: Final = Quantity.parse("1Pi")
_RESERVED_PREFIXES: Final = ("app.kubernetes.io/", f"{DOMAIN}/")


def name_problem(name: str, engine: Engine | None) -> str | None:
    """What is wrong with a database's name, or None."""
    limit = engine.name_limit if engine else SERVICE_NAME_LIMIT
    if engine and (reason := engine.reserved_names.get(name)):
        return f"{shown(name)} is reserved in {engine.name}: {reason}; choose another name"
    return dns_label_problem(name, limit.characters, limit.because)


def shape_problems(spec: DatabaseSpec, engine: Engine | None) -> Iterator[Problem]:
    """Problems of namespace, volumes, pods, proxies, labels and images."""
    if spec.namespace and (reason := namespace_problem(spec.namespace)):
        yield Problem("namespace", reason)
    for path, storage in storages_of(spec):
        yield from _storage_problems(path, storage, spec, engine)
    for path, pods in pods_of(spec):
        yield from _pods_problems(path, pods)
    if 0 < spec.proxy.replicas < 2 and not PROFILES[spec.profile].single_replica:
        message = "1 is too few; write 2 or more, so that one can go (one proxy is for profile dev)"
        yield Problem("proxy.replicas", message)
    for label in spec.labels:
        if label.startswith(_RESERVED_PREFIXES):
            yield Problem(f"labels.{label}", "is a label of ours; choose a key without that prefix")
    if not _REGISTRY.fullmatch(spec.image_registry):
        yield Problem(
            "image_registry",
            f"{shown(spec.image_registry)} is not a registry; write a host with an optional port and path and no "
            f"scheme, such as {DEFAULT_REGISTRY} or mirror.example.com:5000/docker-hub",
        )
    if engine:
        roles = engine.versions.series[spec.version]
        for role in spec.images:
            if role not in roles:
                yield Problem(f"images.{role}", f"is not an image of {engine.name}; {one_of(role, roles)}")


def storages_of(spec: DatabaseSpec) -> Iterator[tuple[str, Storage]]:
    """All volumes of a specification, with their paths."""
    yield "storage", spec.storage
    if spec.sharding:
        yield "sharding.config_storage", spec.sharding.config_storage
    for path, members in (("hidden", spec.hidden), ("nonvoting", spec.nonvoting)):
        if members and members.storage:
            yield f"{path}.storage", members.storage
    for index, instances in enumerate(spec.instance_sets):
        if instances.storage:
            yield f"instance_sets[{index}].storage", instances.storage


def pods_of(spec: DatabaseSpec) -> Iterator[tuple[str, Pods]]:
    """The settings of all kinds of pods, with their paths."""
    yield "pods", spec.pods
    yield "proxy.pods", spec.proxy.pods
    if spec.spare_proxy:
        yield "spare_proxy.pods", spec.spare_proxy.pods
    if spec.sharding:
        yield "sharding.config_pods", spec.sharding.config_pods
    for path, part in (
        ("orchestrator", spec.orchestrator),
        ("arbiter", spec.arbiter),
        ("hidden", spec.hidden),
        ("nonvoting", spec.nonvoting),
    ):
        if part:
            yield f"{path}.pods", part.pods
    for index, instances in enumerate(spec.instance_sets):
        yield f"instance_sets[{index}].pods", instances.pods


def _storage_problems(path: str, storage: Storage, spec: DatabaseSpec, engine: Engine | None) -> Iterator[Problem]:
    # The short form is blamed where it stands.
    size_path = f"{path}.size"
    size = Quantity.parse(storage.size)
    if engine and size < Quantity.parse(engine.minimum_storage):
        needs = f"{engine.name} needs at least {engine.minimum_storage}"
        yield Problem(size_path, f"{storage.size} is too little; {needs}")
    if size > _LARGEST_STORAGE:
        message = f"{storage.size} is more than any volume holds; write at most {_LARGEST_STORAGE}"
        yield Problem(size_path, message)
    if storage.autoscale and Quantity.parse(storage.autoscale.max_size) <= size:
        message = f"{storage.autoscale.max_size} is not more than the size, {storage.size}; write more, or leave it out"
        yield Problem(f"{path}.autoscale.max_size", message)
    if storage.tier and not storage.storage_class and storage.tier not in spec.storage_tiers:
        mapped = ", ".join(sorted(spec.storage_tiers)) or "none"
        message = f'"{storage.tier}" has no StorageClass here (mapped: {mapped}); add it to storage_tiers'
        yield Problem(f"{path}.tier", message)


def _pods_problems(path: str, pods: Pods) -> Iterator[Problem]:
    yield from resource_problems(f"{path}.resources", pods.resources)
    for index, toleration in enumerate(pods.tolerations):
        where = f"{path}.tolerations[{index}]"
        if toleration.operator == "Exists" and toleration.value is not None:
            yield Problem(f"{where}.value", "has no meaning for operator Exists; write operator Equal, or leave it out")
        if toleration.operator == "Equal" and toleration.key is None:
            yield Problem(f"{where}.key", "is required for operator Equal; add it")
        if toleration.seconds is not None and toleration.effect != "NoExecute":
            yield Problem(f"{where}.seconds", "is for effect NoExecute only; leave it out")
    if pods.liveness and pods.liveness.success_threshold not in (None, 1):
        message = f"{pods.liveness.success_threshold} is refused by Kubernetes for a liveness probe; write 1"
        yield Problem(f"{path}.liveness.success_threshold", message)


def resource_problems(path: str, resources: Resources) -> Iterator[Problem]:
    """Limits below what is kept free, which Kubernetes refuses."""
    for word, least, most in (
        ("cpu", resources.cpu, resources.cpu_limit),
        ("memory", resources.memory, resources.largest_memory),
    ):
        if least and most and Quantity.parse(most) < Quantity.parse(least):
            message = f"{most} is less than {word}, {least}; write at least that"
            yield Problem(f"{path}.{word}_limit", message)
