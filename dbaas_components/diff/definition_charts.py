"""Charts that hold definitions among their templates: whether a release makes them, and whether Helm deletes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, cast

from dbaas_components.diff.document import chart_name
from dbaas_components.diff.fields import FieldChange, is_unknown
from dbaas_components.diff.values import Condition, Object, at

_KEEP: Final = "helm.sh/resource-policy"
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class _Definitions:
    switches: tuple[str, ...]
    """Values of which one that is on makes the definitions."""
    made: bool
    """Whether they are made where no value says so."""
    keep: str = ""
    """Value by which Helm leaves them where they are; none where the chart has no such value, and Helm deletes them."""
    kept_since: tuple[int, int] = (0, 0)
    """Version of the chart since which it is on without a word; an earlier one has no such value."""


_CHARTS: Final[Mapping[str, _Definitions]] = MappingProxyType(
    {
        "cert-manager": _Definitions(("crds.enabled", "installCRDs"), False, "crds.keep", (1, 15)),
        "external-secrets": _Definitions(("installCRDs",), True),
        "argo-cd": _Definitions(("crds.install",), True, "crds.keep"),
    }
)


def _made(inputs: Object) -> bool:
    """Whether the release makes definitions; a value that only an update knows may say so."""
    chart = _CHARTS.get(chart_name(inputs.get("chart")))
    if chart is None:
        return False
    values = inputs.get("values")
    said = [one for one in (at(values, path) for path in chart.switches) if one is not None]
    return is_unknown(values) or any(map(bool, said)) or (not said and chart.made)


def _kept(inputs: Object) -> bool:
    chart = _CHARTS.get(chart_name(inputs.get("chart")))
    values = inputs.get("values")
    if chart is None or is_unknown(values):
        return False
    annotations: Any = at(values, "crds.annotations")
    if isinstance(annotations, Mapping) and cast("Object", annotations).get(_KEEP) == "keep":
        return True
    version = _VERSION.match(str(inputs.get("version") or ""))
    if not chart.keep or (version is not None and (int(version[1]), int(version[2])) < chart.kept_since):
        return False
    said: Any = at(values, chart.keep)
    return said is None or (bool(said) and not is_unknown(said))


def _taken(_change: FieldChange, old: Object, _new: Object) -> bool:
    """An uninstall deletes the definitions: Helm leaves alone what has its resource policy `keep`."""
    return _made(old) and not _kept(old)


def _go(change: FieldChange, old: Object, new: Object) -> bool:
    """The release no longer makes the definitions, and Helm deletes what it finds only in the release before."""
    return _taken(change, old, new) and not _made(new)


def _stay(change: FieldChange, old: Object, new: Object) -> bool:
    return not _taken(change, old, new)


CONDITIONS: Final[Mapping[str, Condition]] = MappingProxyType(
    {"definitions taken": _taken, "definitions go": _go, "definitions stay": _stay}
)
