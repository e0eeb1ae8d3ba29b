"""When a row of a table of effects holds: conditions over the old and the new value, and the objects around them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_network
from types import MappingProxyType
from typing import Any, Final, cast

from croniter import croniter
from croniter.croniter import CroniterError

from dbaas_components.databases.spec.part import duration_of
from dbaas_components.diff import access_policies, definition_charts, mongodb, mysql, network_policies, postgresql
from dbaas_components.diff.fields import FieldChange
from dbaas_components.diff.values import Condition, Object, at, number, order, tag_of

_STEP = re.compile(r"\[\"?([^\]\"]+)\"?\]|([^.\[\]]+)")
_SERIES = re.compile(r"(\d+)\.(\d+)")
_ENGINE_VERSION = re.compile(r"([A-Z]+)_(\d+(?:_\d+)*)")
_BALANCED: Final = "LoadBalancer"
_PUBLIC: Final = (_BALANCED, "NodePort")
_BEFORE_ANNOTATIONS: Final = re.compile(r"\.(?:serviceA|a)nnotations\b")
# From the weakest to the strongest, and where one stands without a word.
_TLS_MODES: Final = ("disabled", "allowTLS", "preferTLS", "requireTLS")
_ANY_NETWORK: Final = ("0.0.0.0/0", "::/0")
# From any Monday on, so that the days of a month and of a week both count.
_START: Final = datetime(2024, 1, 1, tzinfo=UTC)
_RUNS: Final = 120
_WITH_A_VALUE: Final = ("to ", "from ", "was ", "with ", "had ", "below ")
# What compares amounts, for which a field that is not there has its default.
_AMOUNTS: Final = ("grows", "shrinks", "longer", "below ", "more away")
# From the one that allows least, and where nothing is said.
_SECURITY: Final = ("restricted", "baseline", "privileged")


def holds(words: str, change: FieldChange, old: Object, new: Object, default: Any = None) -> bool:
    """Whether all conditions of `words`, joined by ` and `, hold.

    `default` is what the field is where nothing is said: amounts are compared with it.
    """
    full = replace(
        change,
        old=default if change.old is None else change.old,
        new=default if change.new is None else change.new,
    )
    return all(_one(word, full if word.startswith(_AMOUNTS) else change, old, new) for word in words.split(" and "))


def known(words: str) -> bool:
    """Whether every condition of `words` is one that `holds` understands."""
    return all(word.startswith(_WITH_A_VALUE) or word in CONDITIONS for word in words.split(" and "))


def _one(word: str, change: FieldChange, old: Object, new: Object) -> bool:
    if word in CONDITIONS:
        return CONDITIONS[word](change, old, new)
    if word.startswith("to "):
        return _plain(change.new) == word[3:]
    if word.startswith("from "):
        return _plain(change.old) == word[5:]
    if word.startswith("was "):
        field, _, value = word[4:].partition("=")
        whole = change.old if change.old is not None else change.new
        return isinstance(whole, Mapping) and _plain(cast("Object", whole).get(field)) == value
    if word.startswith(("with ", "had ")):
        when, _, said = word.partition(" ")
        path, _, value = said.partition("=")
        return _plain(at(new if when == "with" else old, path)) == value
    if word.startswith("below "):
        amount = number(change.new)
        return amount is not None and amount < int(word[6:]) and order(change) <= 0
    raise AssertionError(f"no condition {word}")


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _series(image: object) -> tuple[int, int] | None:
    found = _SERIES.search(tag_of(image))
    if found is not None:
        return int(found[1]), int(found[2])
    value = number(image)
    return (int(value), 0) if value is not None else None


def _series_order(change: FieldChange) -> int:
    old, new = _series(change.old), _series(change.new)
    if old is None or new is None:
        return 0
    return (new > old) - (new < old)


def _major_order(change: FieldChange) -> int:
    old, new = _series(change.old), _series(change.new)
    if old is None or new is None:
        return 0
    return (new[0] > old[0]) - (new[0] < old[0])


@lru_cache(maxsize=1024)
def _longest_gap(cron: str) -> float | None:
    """Seconds between the two runs that lie farthest apart; None for no schedule."""
    try:
        runs = itertools.islice(croniter(cron, _START).all_next(float), _RUNS)
        return max((later - earlier for earlier, later in itertools.pairwise(runs)), default=None)
    except (CroniterError, ValueError, KeyError):
        return None


def _slower(change: FieldChange, _old: Object, _new: Object) -> bool:
    """Less often than before; what is no schedule counts as never."""
    old, new = (_longest_gap(value) if isinstance(value, str) else None for value in (change.old, change.new))
    return old is not None and (new is None or new > old)


def _fewer_watched(change: FieldChange, _old: Object, _new: Object) -> bool:
    """A list of namespaces, with commas, loses one; an empty one is none here, since all of them is another field."""
    before, after = ({name.strip() for name in str(text or "").split(",")} for text in (change.old, change.new))
    return bool(before - after)


def _more_away(change: FieldChange, _old: Object, _new: Object) -> bool:
    """Of a budget: more pods may be away, or fewer have to be up. An amount in place of a share counts as such."""
    old, new = (str(value) for value in (change.old, change.new))
    if change.old is not None and change.new is not None and old.endswith("%") != new.endswith("%"):
        return True
    way = order(replace(change, old=old.removesuffix("%"), new=new.removesuffix("%")))
    return way < 0 if change.pattern.endswith("minAvailable") else way > 0


def _public(change: FieldChange, _old: Object, _new: Object) -> bool:
    return change.new in _PUBLIC and change.old != change.new and change.old != _BALANCED


def _private(change: FieldChange, _old: Object, _new: Object) -> bool:
    """The address outside goes: a load balancer's also where ports of the nodes take its place."""
    return change.old in _PUBLIC and change.new not in (change.old, _BALANCED)


def _type_of_way(change: FieldChange, whole: Object) -> object:
    """Type of the Service that a field or an annotation of it is of."""
    around = _BEFORE_ANNOTATIONS.split(change.path)[0]
    beside = _beside(replace(change, path=change.path if around == change.path else f"{around}.type"), whole)
    return beside.get("type") or beside.get("exposeType")


def _balanced_before(change: FieldChange, old: Object, _new: Object) -> bool:
    return _type_of_way(change, old) == _BALANCED


def _on_nodes(change: FieldChange, old: Object, new: Object) -> bool:
    """Clients connect to a port of the nodes, before and after."""
    return _type_of_way(change, old) == _type_of_way(change, new) == "NodePort"


def _wider(change: FieldChange, _old: Object, new: Object) -> bool:
    """More addresses may come: a list that goes lets everybody in, and so does an empty one.

    Nobody comes from outside where the Service is for inside alone.
    """
    beside = _beside(change, new)
    if (beside.get("type") or beside.get("exposeType") or "ClusterIP") not in _PUBLIC:
        return False
    if not change.new:
        return bool(change.old)
    news = _texts(change.new)
    if not change.old:
        return bool(news & set(_ANY_NETWORK))
    return not all(_within(one, _texts(change.old)) for one in news)


def _beside(change: FieldChange, whole: Object) -> Object:
    """The part that the field is in, as it is in `whole`; items of a list go by their names."""
    found: Any = whole
    for item, name in _STEP.findall(change.path.rpartition(".")[0]):
        if isinstance(found, list):
            found = next((one for one in cast("list[Any]", found) if at(one, "name") == item), None)
        else:
            found = cast("Object", found).get(item or name) if isinstance(found, Mapping) else None
    return cast("Object", found) if isinstance(found, Mapping) else {}


def _within(network: str, others: set[str]) -> bool:
    try:
        inner = ip_network(network, strict=False)
        outer = [ip_network(other, strict=False) for other in others]
    except ValueError:
        return network in others
    return any(inner.version == one.version and inner.subnet_of(one) for one in outer)  # pyright: ignore[reportArgumentType]


def _texts(value: object) -> set[str]:
    return set(map(str, cast("list[Any]", value))) if isinstance(value, list) else {str(value)}


def _weaker_tls(change: FieldChange, _old: Object, _new: Object) -> bool:
    strength = {mode: index for index, mode in enumerate(_TLS_MODES)}
    return strength.get(str(change.new or "preferTLS"), -1) < strength.get(str(change.old or "preferTLS"), -1)


def _jumps(change: FieldChange, _old: Object, _new: Object) -> bool:
    """A series is left out, counted by the first number: MongoDB's are 6.0, 7.0, 8.0."""
    old, new = _series(change.old), _series(change.new)
    return old is not None and new is not None and new[0] - old[0] > 1


def _upgraded(change: FieldChange, _old: Object, _new: Object) -> bool:
    """A later version of the same engine in Google's words: `POSTGRES_16` after `POSTGRES_15`."""
    old, new = (_ENGINE_VERSION.fullmatch(str(value)) for value in (change.old, change.new))
    if old is None or new is None or old[1] != new[1]:
        return False
    return [int(part) for part in new[2].split("_")] > [int(part) for part in old[2].split("_")]


def _longer(change: FieldChange, _old: Object, _new: Object) -> bool:
    """More time than before; what is no time counts as more."""
    old, new = (_time(value) for value in (change.old, change.new))
    return new is None or (old is not None and new > old)


def _time(value: object) -> float | None:
    try:
        return duration_of(str(value)).total_seconds()
    except ValueError:
        return None


def _deletes_more(change: FieldChange, _old: Object, _new: Object) -> bool:
    """A finalizer comes, other than one that only has the operator stop the pods in order."""
    before, after = (_texts(value) if value else set[str]() for value in (change.old, change.new))
    return any(not name.endswith("-pods-in-order") for name in after - before)


def _more_allowed(change: FieldChange, _old: Object, _new: Object) -> bool:
    levels = [_SECURITY.index(value) if value in _SECURITY else len(_SECURITY) for value in (change.old, change.new)]
    return levels[1] > levels[0]


def _scaled(_change: FieldChange, _old: Object, new: Object) -> bool:
    return at(new, "spec.storageScaling.enableVolumeScaling") is True or at(new, "spec.enableVolumeExpansion") is True


def _none_stays(change: FieldChange, old: Object, new: Object) -> bool:
    """Of the list that an item leaves, no item of before is there any more."""
    path = change.pattern.rpartition("[*]")[0]
    before, after = at(old, path), at(new, path)
    names = [
        {str(cast("Object", item).get("name", "")) for item in cast("list[Any]", items) if isinstance(item, Mapping)}
        if isinstance(items, list)
        else set[str]()
        for items in (before, after)
    ]
    return not names[0] & names[1]


def _with_volume(change: FieldChange, old: Object, _new: Object) -> bool:
    everything = change.pattern == "spec.backups.enabled"
    repos: Any = at(old, "spec.backups.pgbackrest.repos") if everything else [change.old]
    if not isinstance(repos, list):
        return False
    return any(isinstance(repo, Mapping) and "volume" in repo for repo in cast("list[Any]", repos))


CONDITIONS: Final[Mapping[str, Condition]] = MappingProxyType(
    {
        "any": lambda change, old, new: True,  # noqa: ARG005
        "added": lambda change, old, new: change.old is None,  # noqa: ARG005
        "removed": lambda change, old, new: change.new is None,  # noqa: ARG005
        "changed": lambda change, old, new: change.old is not None and change.new is not None,  # noqa: ARG005
        "on": lambda change, old, new: change.new is True and change.old is not True,  # noqa: ARG005
        "off": lambda change, old, new: change.old is True and change.new is not True,  # noqa: ARG005
        # Of a field that is on without a word.
        "refused": lambda change, old, new: change.new is False,  # noqa: ARG005
        "grows": lambda change, old, new: order(change) > 0,  # noqa: ARG005
        "shrinks": lambda change, old, new: order(change) < 0,  # noqa: ARG005
        "series up": lambda change, old, new: _series_order(change) > 0,  # noqa: ARG005
        "series down": lambda change, old, new: _series_order(change) < 0,  # noqa: ARG005
        "major up": lambda change, old, new: _major_order(change) > 0,  # noqa: ARG005
        "major down": lambda change, old, new: _major_order(change) < 0,  # noqa: ARG005
        "slower": _slower,
        "wider": _wider,
        "more away": _more_away,
        "public": _public,
        "private": _private,
        "balanced before": _balanced_before,
        "on nodes": _on_nodes,
        "weaker": _weaker_tls,
        "jumps": _jumps,
        "longer": _longer,
        "upgraded": _upgraded,
        "fewer watched": _fewer_watched,
        "deletes more": _deletes_more,
        "more allowed": _more_allowed,
        "scaled": _scaled,
        "none stays": _none_stays,
        # In place of a claim; an empty one is written as such, and fields alone do not show it.
        "in its pod": lambda change, old, new: "emptyDir" in _beside(change, new),  # noqa: ARG005
        "with volume": _with_volume,
        **access_policies.CONDITIONS,
        **definition_charts.CONDITIONS,
        **network_policies.CONDITIONS,
        **mongodb.CONDITIONS,
        **mysql.CONDITIONS,
        **postgresql.CONDITIONS,
    }
)
