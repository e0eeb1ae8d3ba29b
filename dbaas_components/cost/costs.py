"""Monthly cost of every database, before and after a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dbaas_components.cost.prices import Figure, PriceTable
from dbaas_components.cost.sizes import DEFAULT_CLASS, Sizes, sizes_of
from dbaas_components.diff.document import Document
from dbaas_components.diff.grouping import DATABASES, Owner, Owners
from dbaas_components.diff.values import at

_DEFAULT: Final = "default"
NOT_COUNTED: Final = (
    "traffic, requests, load balancers, addresses",
    "nodes that are paid for and not asked for, discounts, taxes",
    "operators, monitoring and other pods that are no database's",
    "point-in-time recovery's logs, and growth of volumes by themselves",
)
"""What no price table covers, whatever its figures."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one database costs in a month, each part in whole hundredths, so that what is shown adds up."""

    vcpus: float = 0.0
    memory: float = 0.0
    storage: float = 0.0
    backups: float = 0.0

    @property
    def total(self) -> float:
        """The sum."""
        return _exact(self.vcpus + self.memory + self.storage + self.backups)


@dataclass(frozen=True, slots=True)
class Line:
    """One database before and after; None where there is none."""

    owner: Owner
    before: Cost | None
    after: Cost | None
    notes: tuple[str, ...] = ()
    """What of it is not counted."""

    @property
    def difference(self) -> float:
        """How much more it costs afterwards."""
        return _exact((self.after.total if self.after else 0.0) - (self.before.total if self.before else 0.0))


@dataclass(frozen=True)
class Costs:
    """All databases of a stack, in the table's currency."""

    currency: str
    table: str
    example: bool
    databases: tuple[Line, ...]
    notes: tuple[str, ...] = ()

    @property
    def tenants(self) -> Mapping[str, tuple[float, float]]:
        """Sums before and after by tenant; databases without one are under an empty name."""
        found: dict[str, tuple[float, float]] = {}
        for line in self.databases:
            before, after = found.get(line.owner.tenant, (0.0, 0.0))
            found[line.owner.tenant] = (
                _exact(before + (line.before.total if line.before else 0.0)),
                _exact(after + (line.after.total if line.after else 0.0)),
            )
        return found

    @property
    def total(self) -> tuple[float, float]:
        """The sums before and after."""
        sums = self.tenants.values()
        return _exact(sum(before for before, _ in sums)), _exact(sum(after for _, after in sums))

    @property
    def lines(self) -> list[str]:
        """The costs in words: what changes, each tenant, the sum, and what is not counted."""
        found: list[str] = []
        for line in self.databases:
            if abs(line.difference) >= 0.005 or (line.before is None) != (line.after is None):
                what = line.owner.database
                what = f"{line.owner.namespace}/{what}" if line.owner.namespace else what
                where = f" in {line.owner.region}" if line.owner.region else ""
                found.append(f"cost of {what}{where}: {self._pair(line.before, line.after)}")
            found += [f"cost of {line.owner.database} leaves out: {note}" for note in line.notes]
        for tenant, (before, after) in sorted(self.tenants.items()):
            words = f"tenant {tenant}" if tenant else "databases without a tenant"
            found.append(f"cost of {words}: {self._money(before)} -> {self._money(after)}")
        before, after = self.total
        found.append(
            f"cost of all databases in a month: {self._money(before)} -> {self._money(after)} "
            f"({after - before:+,.2f}), by {self.table}{', an example of prices and not yours' if self.example else ''}"
        )
        return [*found, *(f"cost: {note}" for note in self.notes)]

    def _pair(self, before: Cost | None, after: Cost | None) -> str:
        texts = [self._money(one.total) if one else "none" for one in (before, after)]
        parts: list[str] = []
        for name in ("vcpus", "memory", "storage", "backups"):
            old, new = (getattr(one, name) if one else 0.0 for one in (before, after))
            if abs(new - old) >= 0.005:
                parts.append(f"{name} {new - old:+,.2f}")
        told = f" ({', '.join(parts)})" if parts else ""
        return f"{texts[0]} -> {texts[1]}{told}"

    def _money(self, value: float) -> str:
        return f"{value:,.2f} {self.currency}"


def estimate(base: Document, head: Document, prices: PriceTable) -> Costs:
    """What each database costs in a month before and after, by the table."""
    before, after = _by_owner(base, prices), _by_owner(head, prices)
    lines = [
        Line(
            owner,
            before[owner][0] if owner in before else None,
            after[owner][0] if owner in after else None,
            after[owner][1] if owner in after else before[owner][1],
        )
        for owner in sorted({*before, *after})
    ]
    notes: list[str] = []
    if prices.backups is not None:
        share = prices.backups.share_of_volume
        notes.append(f"a full backup is taken for {share:.0%} of the volume; nobody knows before it is there")
    else:
        notes.append("backups are not counted: the table has no price of them")
    notes.append(f"not counted: {'; '.join((*NOT_COUNTED, *prices.not_counted))}")
    return Costs(prices.currency, prices.name, prices.example, tuple(lines), tuple(notes))


def _by_owner(document: Document, prices: PriceTable) -> dict[Owner, tuple[Cost, tuple[str, ...]]]:
    owners = Owners(document)
    types = _types_of_classes(document)
    return {
        owners.of(one): _cost(sizes_of(one), prices, types)
        for one in document.resources
        if one.kind in DATABASES and one.custom and not one.read
    }


def _exact(money: float) -> float:
    """To a hundredth: also takes off what sums of such are off by."""
    return round(money, 2)


def _types_of_classes(document: Document) -> Mapping[str, str]:
    """`parameters.type` of the StorageClasses that the program makes, `gp3`."""
    found = {
        one.object_name: at(one.inputs, "parameters.type") for one in document.resources if one.kind == "StorageClass"
    }
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _cost(sizes: Sizes, prices: PriceTable, types: Mapping[str, str]) -> tuple[Cost, tuple[str, ...]]:
    notes = list(sizes.missing)
    storage = 0.0
    for storage_class, gib in sizes.storage_gib.items():
        figure, told = _storage_price(storage_class, prices, types)
        notes += [told] if told else []
        storage += float(gib) * figure.price if figure is not None else 0.0
    backups = 0.0
    if prices.backups is not None:
        stored = float(sizes.data_gib) * sizes.full_backups * prices.backups.share_of_volume
        backups = stored * prices.backups.gib_month.price
    hours = prices.hours_per_month
    cost = Cost(
        _exact(float(sizes.vcpus) * hours * prices.vcpu_hour.price),
        _exact(float(sizes.memory_gib) * hours * prices.memory_gib_hour.price),
        _exact(storage),
        _exact(backups),
    )
    return cost, tuple(dict.fromkeys(notes))


def _storage_price(storage_class: str, prices: PriceTable, types: Mapping[str, str]) -> tuple[Figure | None, str]:
    """The price of a GiB in a class, and what a reader has to know about it."""
    table = prices.storage_gib_month
    for name in (storage_class, types.get(storage_class, "")):
        if name and name in table:
            return table[name], ""
    default = table.get(_DEFAULT)
    if default is None:
        what = f"volumes of class {storage_class}" if storage_class else "volumes of the cluster's default class"
        return None, f"{what}: the table has no price of them"
    if storage_class == DEFAULT_CLASS:
        return default, ""
    return default, f"nothing, but volumes of class {storage_class} are taken at the table's default price"
