"""What a new version of an operator's chart, of its image or of its definitions does to each database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change
from dbaas_components.diff.document import Document, Saved
from dbaas_components.diff.effects import tables
from dbaas_components.diff.grouping import Owner, Owners
from dbaas_components.diff.pods import restarted
from dbaas_components.diff.values import at

OPERATORS: Final[Mapping[str, str]] = {
    "pxc-operator": "pxc",
    "ps-operator": "ps",
    "psmdb-operator": "psmdb",
    "pg-operator": "pg",
    "percona-xtradb-cluster-operator": "pxc",
    "percona-server-mysql-operator": "ps",
    "percona-server-mongodb-operator": "psmdb",
    "percona-postgresql-operator": "pg",
}
_SOURCE: Final = "Upgrade order: definitions, operator, then each database's crVersion, which rolls the pods"


def operator_of(resource: Saved) -> tuple[str, str] | None:
    """Engine and version of an operator, where the resource is a chart or a Deployment of one."""
    if resource.kind in ("Release", "Chart"):
        engine = OPERATORS.get(resource.chart)
        return (engine, str(resource.inputs.get("version", ""))) if engine else None
    if resource.kind == "Deployment":
        containers: Any = at(resource.inputs, "spec.template.spec.containers")
        for container in cast("list[Any]", containers) if isinstance(containers, list) else []:
            image = str(at(container, "image") or "")
            engine = OPERATORS.get(image.rpartition("/")[2].partition(":")[0])
            if engine:
                return engine, image.rpartition(":")[2]
    return None


def chart_changes(base: Document, head: Document, before: Owners, after: Owners) -> Iterator[Change]:
    """For each operator of another version a line for each of its databases, whether it restarts or not."""
    for new in head.resources:
        old = base.by_urn.get(new.urn)
        was, will = (operator_of(old) if old is not None else None), operator_of(new)
        if was is None or will is None or was[1] == will[1]:
            continue
        watched = _watched(new)
        olds = {owner: one for one, owner in before.databases(will[0])}
        for database, owner in after.databases(will[0]):
            if owner in olds and (watched is None or database.namespace in watched):
                yield _line(database, olds[owner], owner, was[1], will[1], new)


def _line(new: Saved, old: Saved, owner: Owner, was: str, will: str, operator: Saved) -> Change:
    followed, before = at(new.inputs, "spec.crVersion"), at(old.inputs, "spec.crVersion")
    table = tables()[new.kind]
    pods, order = restarted(table, ("all",), new.inputs, "")
    if followed and followed == before:
        effect, pods, order = Effect.ONLINE, [], ""
        does = f"keeps the pods of operator {followed}, which it follows, until its crVersion changes"
    else:
        effect = Effect.ROLLING_RESTART
        does = "the new operator makes its pods anew" + ("" if followed else "; it follows no version of its own")
    return Change(
        owner, effect, new.kind, new.object_name, f"operator {operator.object_name}", "operator", was, will, does,
        "write the version before; an operator may refuse to go back", source=_SOURCE, pods=tuple(pods), order=order,
        urn=new.urn,
    )  # fmt: skip


def _watched(operator: Saved) -> frozenset[str] | None:
    """The namespaces that the operator looks after; None for all of them, and where that is not known."""
    if at(operator.inputs, "values.watchAllNamespaces") is True:
        return None
    names = at(operator.inputs, "values.watchNamespace")
    return frozenset(str(names).split(",")) if names else None
