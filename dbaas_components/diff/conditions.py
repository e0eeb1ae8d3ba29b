"""When a row of a table of effects holds: conditions over the old and the new value, and the objects around them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, cast

import yaml
from croniter import croniter
from croniter.croniter import CroniterError

from dbaas_components.diff.fields import FieldChange
from dbaas_components.quantities import Quantity

Object = Mapping[str, Any]
Condition = Callable[[FieldChange, Object, Object], bool]

_STEP = re.compile(r"\[\"?([^\]\"]+)\"?\]|([^.\[\]]+)")
_SERIES = re.compile(r"(\d+)\.(\d+)")
_PUBLIC: Final = ("LoadBalancer", "NodePort")
# From the weakest to the strongest, and where one stands without a word.
_TLS_MODES: Final = ("disabled", "allowTLS", "preferTLS", "requireTLS")
_ANY_NETWORK: Final = ("0.0.0.0/0", "::/0")
# From any Monday on, so that the days of a month and of a week both count.
_START: Final = datetime(2024, 1, 1, tzinfo=UTC)
_RUNS: Final = 120
_WITH_A_VALUE: Final = ("to ", "from ", "was ", "below ")
# From the one that allows least, and where nothing is said.
_SECURITY: Final = ("restricted", "baseline", "privileged")
# my.cnf takes both spellings, and a name without a value for one that is on.
_DEMANDED: Final = re.compile(r"^\s*require[_-]secure[_-]transport\s*(?:=\s*(?:on|1|true)\s*)?$", re.I | re.M)


def holds(words: str, change: FieldChange, old: Object, new: Object) -> bool:
    """Whether all conditions of `words`, joined by ` and `, hold."""
    return all(_one(word, change, old, new) for word in words.split(" and "))


def known(words: str) -> bool:
    """Whether every condition of `words` is one that `holds` understands."""
    return all(word.startswith(_WITH_A_VALUE) or word in CONDITIONS for word in words.split(" and "))


def _one(word: str, change: FieldChange, old: Object, new: Object) -> bool:
    if word.startswith("to "):
        return _plain(change.new) == word[3:]
    if word.startswith("from "):
        return _plain(change.old) == word[5:]
    if word.startswith("was "):
        field, _, value = word[4:].partition("=")
        whole = change.old if change.old is not None else change.new
        return isinstance(whole, Mapping) and _plain(cast("Object", whole).get(field)) == value
    if word.startswith("below "):
        amount = number(change.new)
        return amount is not None and amount < int(word[6:]) and _order(change) <= 0
    return CONDITIONS[word](change, old, new)


def number(value: object) -> Fraction | None:
    """A number or a Kubernetes quantity; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return Fraction(value)
    try:
        return Quantity.parse(value).amount if isinstance(value, str) else None
    except ValueError:
        return None


def at(value: object, path: str) -> Any:
    """The field at a path of plain names; None where there is none."""
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = cast("Object", value).get(name)
    return value


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _order(change: FieldChange) -> int:
    old, new = number(change.old), number(change.new)
    if old is None or new is None:
        return 0
    return (new > old) - (new < old)


def _series(image: object) -> tuple[int, int] | None:
    # A name such as proxysql2 and a registry's port have numbers as well: only the tag says the version.
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2] if isinstance(image, str) else ""
    found = _SERIES.search(tag)
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


def _private(change: FieldChange, _old: Object, _new: Object) -> bool:
    return change.old in _PUBLIC and change.new not in _PUBLIC


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
    return not news <= _texts(change.old)


def _beside(change: FieldChange, whole: Object) -> Object:
    """The part that the field is in, as it is in `whole`; items of a list go by their names."""
    found: Any = whole
    for item, name in _STEP.findall(change.path.rpartition(".")[0]):
        if isinstance(found, list):
            found = next((one for one in cast("list[Any]", found) if at(one, "name") == item), None)
        else:
            found = cast("Object", found).get(item or name) if isinstance(found, Mapping) else None
    return cast("Object", found) if isinstance(found, Mapping) else {}


def _texts(value: object) -> set[str]:
    return set(map(str, cast("list[Any]", value))) if isinstance(value, list) else {str(value)}


def _weaker_tls(change: FieldChange, _old: Object, _new: Object) -> bool:
    strength = {mode: index for index, mode in enumerate(_TLS_MODES)}
    return strength.get(str(change.new or "preferTLS"), -1) < strength.get(str(change.old or "preferTLS"), -1)


def _jumps(change: FieldChange, _old: Object, _new: Object) -> bool:
    """A series is left out, counted by the first number: MongoDB's are 6.0, 7.0, 8.0."""
    old, new = _series(change.old), _series(change.new)
    return old is not None and new is not None and new[0] - old[0] > 1


def _tls_not_demanded(change: FieldChange, _old: Object, _new: Object) -> bool:
    """MySQL's own configuration no longer refuses connections without TLS."""
    old, new = (isinstance(text, str) and bool(_DEMANDED.search(text)) for text in (change.old, change.new))
    return old and not new


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


def _unencrypted(change: FieldChange, _old: Object, _new: Object) -> bool:
    """MongoDB's own configuration: encryption at rest off, or its keys from elsewhere, on files that exist."""
    old, new = _settings(change.old), _settings(change.new)
    keys = ("enableEncryption", "encryptionKeyFile", "vault", "kmip", "encryptionCipherMode")
    return any(_encryption(old, key) != _encryption(new, key) for key in keys)


def _encryption(settings: Object, key: str) -> Any:
    found = at(settings, f"security.{key}")
    return True if key == "enableEncryption" and found is None else found


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Object:
    try:
        found: object = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return cast("Object", found) if isinstance(found, Mapping) else {}


def _settings(text: object) -> Object:
    return _parsed(text) if isinstance(text, str) else {}


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
        "grows": lambda change, old, new: _order(change) > 0,  # noqa: ARG005
        "shrinks": lambda change, old, new: _order(change) < 0,  # noqa: ARG005
        "series up": lambda change, old, new: _series_order(change) > 0,  # noqa: ARG005
        "series down": lambda change, old, new: _series_order(change) < 0,  # noqa: ARG005
        "major up": lambda change, old, new: _major_order(change) > 0,  # noqa: ARG005
        "major down": lambda change, old, new: _major_order(change) < 0,  # noqa: ARG005
        "slower": _slower,
        "wider": _wider,
        "public": lambda change, old, new: change.new in _PUBLIC and change.old not in _PUBLIC,  # noqa: ARG005
        "private": _private,
        "weaker": _weaker_tls,
        "jumps": _jumps,
        "tls not demanded": _tls_not_demanded,
        "deletes more": _deletes_more,
        "more allowed": _more_allowed,
        "scaled": _scaled,
        "none stays": _none_stays,
        "with volume": _with_volume,
        "unencrypted": _unencrypted,
    }
)
