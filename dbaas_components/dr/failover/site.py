"""One region's database as its custom resource shows it, and the orders that are written into it.

An order to open carries the version of the custom resource that was read: once an order to fence was confirmed, an
older order to open cannot take effect any more, however late it arrives. Orders bear their number as an annotation, and
a fence counts as confirmed only with the role record's own number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from dbaas_components.dr.failover.cluster import Cluster, ClusterRefused
from dbaas_components.dr.guards import Writes
from dbaas_components.labels import DOMAIN

ORDER: Final = f"{DOMAIN}/dr-order"
"""Annotation of the custom resource: `open 3`, `follow 3` or `fence 3`, the last order and its number."""
EPOCH: Final = f"{DOMAIN}/dr-epoch"
"""Annotation: the epoch under which the database was last opened; it outlives a lost role record."""
REVOKED: Final = f"{DOMAIN}/dr-archive-revoked"
"""Annotation: the keys of the archive were taken from the site; by path what stood there and what stands there now."""
_STEP: Final = re.compile(r'\["([^"]+)"\]|([^.\[\]]+)')
_PLURALS: Final[Mapping[str, str]] = {
    "PerconaXtraDBCluster": "perconaxtradbclusters",
    "PerconaServerMySQL": "perconaservermysqls",
    "PerconaServerMySQLClusterSet": "perconaservermysqlclustersets",
    "PerconaServerMongoDB": "perconaservermongodbs",
    "PerconaPGCluster": "perconapgclusters",
}


@dataclass(frozen=True, slots=True)
class EngineBehaviour:
    """What one engine's custom resource says of writes; facts of the operators pxc 1.20, ps 1.2, psmdb 1.22, pg 3.0."""

    is_primary: Callable[[Mapping[str, Any]], bool]
    """Whether the role's fields are those of a site that takes writes."""
    hands_over: bool
    """Whether a planned switch leaves the old site running and only takes its role away, because its pods are needed
    for the majority and the engine itself loses nothing that a majority acknowledged (psmdb). The others are shut
    down first."""
    observes_generation: bool
    """Whether the operator tells which generation its status is of."""
    forced_step: bool = False
    """Whether a promotion without the old site needs a step that no field of the custom resource can say."""


def plural_of(kind: str) -> str:
    """The plural by which the API server knows a kind."""
    return _PLURALS[kind]


def part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A mapping within a mapping; empty where nothing stands."""
    return cast("Mapping[str, Any]", value.get(key) or {})


def _channels_are_sources(spec: Mapping[str, Any]) -> bool:
    # Without channels nothing forces read_only.
    channels = cast("list[Mapping[str, Any]]", part(spec, "pxc").get("replicationChannels") or [])
    return all(one.get("isSource") is True for one in channels)


BEHAVIOUR: Final[Mapping[str, EngineBehaviour]] = {
    "pg": EngineBehaviour(
        lambda spec: not part(spec, "standby").get("enabled"), hands_over=False, observes_generation=True
    ),
    "pxc": EngineBehaviour(_channels_are_sources, hands_over=False, observes_generation=True),
    "psmdb": EngineBehaviour(
        lambda spec: spec.get("unmanaged") is not True, hands_over=True, observes_generation=True, forced_step=True
    ),
    "ps": EngineBehaviour(
        lambda spec: part(part(spec, "mysql"), "bootstrap").get("mode", "auto") != "manual",
        hands_over=False,
        observes_generation=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a standby is behind, and who says so."""

    bytes: int | None
    seconds: float | None
    source: str
    version: str
    """Changes with every measurement; its age is counted by whoever watches it, on a clock of their own."""

    def __str__(self) -> str:
        amount = f"{self.bytes} bytes" if self.bytes is not None else f"{self.seconds} s"
        return f"{amount} ({self.source})"


@dataclass(frozen=True, slots=True)
class Reading:
    """A site's database as it was read."""

    version: str
    state: str
    paused: bool
    says_primary: bool
    observed: bool
    """Whether the operator's status is of what the custom resource now says."""
    writes: Writes | None
    lag: Lag | None
    spec: Mapping[str, Any]
    orders: int = 0
    """Number of the last order."""
    order: str = ""
    """Its kind."""
    epoch: int = 0
    """The epoch under which it was last opened; 0 where nothing says."""
    revoked: str = ""
    """What the annotation says of the archive's keys; empty where nothing was taken."""

    def fence_ordered(self, orders: int) -> bool:
        """Whether the last order is a fence of that number or a later one."""
        return self.order == "fence" and self.orders >= orders

    @property
    def ready(self) -> bool:
        return self.state == "ready"


def reading_of(engine: str, manifest: Mapping[str, Any], *, orders: int = 0) -> Reading:
    """What a custom resource shows. `orders` is the role record's number: an older fence is none.

    Pure. What cannot be told from it is None: an operator that has not yet seen the specification shows the state of an
    older one.
    """
    row = BEHAVIOUR[engine]
    metadata, spec, status = (part(manifest, key) for key in ("metadata", "spec", "status"))
    state = str(status.get("state") or "")
    observed = not row.observes_generation or status.get("observedGeneration") == metadata.get("generation")
    paused, says_primary = spec.get("pause") is True, row.is_primary(spec)
    stamps = part(metadata, "annotations")
    order, _, number = str(stamps.get(ORDER, "")).partition(" ")
    given = int(number) if number.isdigit() else 0
    fenced = order == "fence" and given >= orders
    epoch = str(stamps.get(EPOCH, ""))
    return Reading(
        version=str(metadata.get("resourceVersion", "")),
        state=state,
        paused=paused,
        says_primary=says_primary,
        observed=observed,
        writes=_writes(row, state, observed=observed, paused=paused, says_primary=says_primary, fenced=fenced),
        lag=operator_lag(engine, status),
        spec=spec,
        orders=given,
        order=order,
        epoch=int(epoch) if epoch.isdigit() else 0,
        revoked=str(stamps.get(REVOKED, "")),
    )


def _writes(
    row: EngineBehaviour, state: str, *, observed: bool, paused: bool, says_primary: bool, fenced: bool
) -> Writes | None:
    if paused:
        # "stopping" is not stopped: pods that are going away still acknowledge.
        if state != "paused" or not observed:
            return None
        return Writes.FENCED if fenced else Writes.CLOSED
    if state == "paused":
        return Writes.CLOSED
    if says_primary:
        return Writes.OPEN if observed and state == "ready" else None
    if not observed:
        return None
    return Writes.FENCED if row.hands_over and fenced else Writes.CLOSED


def operator_lag(engine: str, status: Mapping[str, Any]) -> Lag | None:
    """What the operator measured; that of pg alone measures (3.0: `status.standby.lagBytes`)."""
    standby = part(status, "standby")
    if engine != "pg" or "lagBytes" not in standby or not standby.get("lagLastComputedAt"):
        return None
    at = str(standby["lagLastComputedAt"])
    return Lag(int(standby["lagBytes"]), None, f"the operator, at {at}", at)


class Site:
    """One region's database and what belongs to it, within that region's cluster."""

    def __init__(self, engine: str, region: str, table: Mapping[str, Any], cluster: Cluster) -> None:
        self.engine = engine
        self.region = region
        self.table = table
        self.cluster = cluster
        self.namespace: str = table["namespace"]
        self.name: str = table["name"]

    @property
    def place(self) -> str:
        """For messages and evidence."""
        return f"{self.region}: {self.table['kind']} {self.namespace}/{self.name}"

    def path(self, kind: str = "", name: str = "") -> str:
        """The path of the database's custom resource, or of another kind of the same group."""
        plural = _PLURALS[kind or self.table["kind"]]
        return f"/apis/{self.table['api_version']}/namespaces/{self.namespace}/{plural}/{name or self.name}"

    def core(self, kind: str, name: str) -> str:
        """The path of a Service or ConfigMap beside the database."""
        return f"/api/v1/namespaces/{self.namespace}/{kind}/{name}"

    def read(self, orders: int = 0) -> Reading | None:
        """The database; None where it is not there. `orders` is the role record's number of orders."""
        manifest = self.cluster.get(self.path())
        return reading_of(self.engine, manifest, orders=orders) if manifest else None

    def role_fields(self, primary: str, epoch: int, what: str = "database") -> list[tuple[str, Any]]:
        """Paths and values of the fields of one object while `primary` is the primary."""
        return [
            (one["path"], _at_epoch(one["value"], epoch))
            for one in self.table["roles"][primary]
            if one["object"] == what
        ]

    def follows(self, reading: Reading, primary: str, epoch: int) -> bool:
        """Whether the database's role fields are those under that primary and epoch, and it is not paused."""
        return not reading.paused and all(
            value_at(reading.spec, path) == value for path, value in self.role_fields(primary, epoch)
        )

    def open(self, reading: Reading, *, incarnation: int, epoch: int, orders: int) -> None:
        """Orders that it takes writes, over the version that was read. Raises `Conflict` where it is another now."""
        fields = self.role_fields(self.region, incarnation)
        self._apply(fields, paused=False, order=f"open {orders}", epoch=epoch, version=reading.version)

    def follow(self, reading: Reading, primary: str, epoch: int) -> None:
        """Orders that it follows a primary; its fields close it. Raises `Conflict` as `open` does."""
        fields, order = self.role_fields(primary, epoch), f"follow {reading.orders}"
        self._apply(fields, paused=False, order=order, epoch=reading.epoch, version=reading.version)

    def hand_over(self, reading: Reading, primary: str, epoch: int, orders: int) -> None:
        """Fences without a shutdown: takes the role away and leaves the pods, where the engine needs them."""
        fields, order = self.role_fields(primary, epoch), f"fence {orders}"
        self._apply(fields, paused=False, order=order, epoch=reading.epoch, version=None)

    def pause(self, reading: Reading, orders: int) -> None:
        """Orders the operator to stop all pods, whatever version is there now: a fence is never too late.

        The other role fields stay: server-side apply takes away what its manager leaves out, so they are repeated.
        """
        fields, order = current_fields(self.table, reading.spec), f"fence {orders}"
        self._apply(fields, paused=True, order=order, epoch=reading.epoch, version=None)

    def disarm(self, reading: Reading, fields: Sequence[tuple[str, Any]]) -> None:
        """Changes role fields of a site that is shut down and stays so, over the version that was read; the order to
        fence stands. Raises `Conflict` where it is another version now."""
        kept = dict(current_fields(self.table, reading.spec)) | dict(fields)
        order = f"{reading.order} {reading.orders}"
        self._apply(list(kept.items()), paused=True, order=order, epoch=reading.epoch, version=reading.version)

    def _apply(
        self, fields: Sequence[tuple[str, Any]], *, paused: bool, order: str, epoch: int, version: str | None
    ) -> None:
        stamps = {ORDER: order, EPOCH: str(epoch)}
        metadata: dict[str, Any] = {"name": self.name, "namespace": self.namespace, "annotations": stamps}
        if version is not None:
            metadata["resourceVersion"] = version
        body: dict[str, Any] = {"apiVersion": self.table["api_version"], "kind": self.table["kind"]}
        body["metadata"] = metadata
        for path, value in [*fields, ("spec.pause", paused)]:
            if value is not None:
                put(body, path, value)
        self.cluster.apply(self.path(), body)


def there(site: Site) -> Reading:
    """The database of a site. Raises `ClusterUnreachable`, and `ClusterRefused` where it is not there."""
    reading = site.read()
    if reading is None:
        raise ClusterRefused(f"{site.place} is not there")
    return reading


def current_fields(table: Mapping[str, Any], spec: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The database's role fields with the values that they have now."""
    paths = {one["path"]: None for fields in table["roles"].values() for one in fields if one["object"] == "database"}
    return [(path, value_at(spec, path)) for path in paths]


def steps_of(path: str) -> list[str]:
    """The keys along a path as `ignore_changes` takes it."""
    return [quoted or plain for quoted, plain in _STEP.findall(path)]


def value_at(spec: Mapping[str, Any], path: str) -> Any:
    """The value at a path that begins with `spec`; None where nothing stands."""
    return within({"spec": spec}, path)


def within(found: Any, path: str) -> Any:
    """The value at a path of a whole object; None where nothing stands."""
    for step in steps_of(path):
        found = cast("dict[str, Any]", found).get(step) if isinstance(found, dict) else None
    return found


def put(body: dict[str, Any], path: str, value: Any) -> None:
    """Sets a value at a path, with the mappings on the way to it."""
    *above, last = steps_of(path)
    for step in above:
        body = body.setdefault(step, {})
    body[last] = value


def _at_epoch(value: Any, epoch: int) -> Any:
    return value.replace("{epoch}", str(epoch)) if isinstance(value, str) else value
