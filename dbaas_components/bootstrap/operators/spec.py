"""What `Operators` is told, checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from dbaas_components.bootstrap.arguments import LateText
from dbaas_components.bootstrap.charts import FromCharts
from dbaas_components.bootstrap.fields import not_empty
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec.part import LabelKey, LabelValue, NamespaceName, ObjectName, Part
from dbaas_components.databases.spec.placement import Toleration
from dbaas_components.databases.spec.sizing import Resources
from dbaas_components.errors import Problem, SpecError, one_of, shown
from dbaas_components.ownership import Ownership
from dbaas_components.versions.charts import CHARTS

DEFAULT_NAMESPACE: Final = "percona-operators"
_KEYLESS: Final = ("pxc", "psmdb")
_NO_IDENTITY: Final = {
    "ps": "its operator reads keys from a Secret and nothing else; name one in the database's backup storage",
    "pg": "its operator touches no bucket, the database's own pods do; give the identity to the database",
}


def _engine(word: Any) -> str:
    if not isinstance(word, str) or word not in ENGINES:
        raise ValueError(f"{shown(word)} is not an engine; {one_of(str(word), ENGINES)}")
    return word


EngineName = Annotated[str, PlainValidator(_engine)]


class Installation(Part):
    """The operators of one namespace."""

    namespace: NamespaceName = DEFAULT_NAMESPACE
    engines: Annotated[tuple[EngineName, ...], AfterValidator(not_empty)] | None = None
    watch_namespaces: tuple[NamespaceName, ...] | None = None
    """None stands for every namespace."""

    @property
    def watched(self) -> frozenset[str] | None:
        """The namespaces that it really watches, None for all: operators always watch their own as well."""
        if self.watch_namespaces is None:
            return None
        return frozenset({*self.watch_namespaces, self.namespace})

    @property
    def stays_home(self) -> bool:
        """Whether it watches its own namespace and no other, so that rights there are enough."""
        return self.watched == frozenset({self.namespace})

    @model_validator(mode="after")
    def _watches_something(self) -> Installation:
        if self.watch_namespaces == ():
            message = "is empty, so that it would watch nothing; name namespaces, or leave it out to watch all"
            raise SpecError("", [Problem("watch_namespaces", message)])
        return self


class OperatorsSpec(FromCharts):
    """The arguments of `Operators`, checked."""

    ownership: Ownership
    engines: Annotated[tuple[EngineName, ...], AfterValidator(not_empty)] = tuple(ENGINES)
    installations: Annotated[tuple[Installation, ...], AfterValidator(not_empty)] = (Installation(),)
    create_namespaces: bool = True
    replicas: Annotated[int, Field(ge=1, le=5)] = 2
    concurrency: Annotated[int, Field(ge=1, le=100)] = 4
    resources: Resources = Resources()
    log_level: Literal["DEBUG", "INFO", "ERROR"] = "INFO"
    priority_class: ObjectName | None = None
    node_labels: dict[LabelKey, LabelValue] = {}
    tolerations: tuple[Toleration, ...] = ()
    identities: dict[EngineName, dict[LabelKey, LateText]] = {}
    service_monitor: bool = False
    service_monitor_labels: dict[LabelKey, LabelValue] = {}
    pull_secrets: tuple[ObjectName, ...] = ()
    check_installed: bool = True

    @property
    def charts(self) -> Iterable[str]:
        """The charts that are installed; one operator has none."""
        named = [f"{engine}-operator" for _, engine in self.installed]
        return tuple(dict.fromkeys(chart for chart in named if chart in CHARTS))

    def engines_of(self, installation: Installation) -> tuple[str, ...]:
        """The engines whose operators are installed there, in the order of the table of engines."""
        chosen = self.engines if installation.engines is None else installation.engines
        return tuple(name for name in ENGINES if name in chosen)

    @property
    def installed(self) -> Iterator[tuple[Installation, str]]:
        """Each operator: where, and of which engine."""
        return ((one, engine) for one in self.installations for engine in self.engines_of(one))

    @model_validator(mode="after")
    def _fits_together(self) -> OperatorsSpec:
        problems = [*self._overlaps(), *self._identity_problems()]
        if self.service_monitor_labels and not self.service_monitor:
            problems.append(
                Problem("service_monitor_labels", "has no effect without a ServiceMonitor; add service_monitor: true")
            )
        if problems:
            raise SpecError("", problems)
        return self

    def _overlaps(self) -> Iterator[Problem]:
        for (first, one), (second, other) in combinations(enumerate(self.installations), 2):
            for engine in self.engines_of(one):
                if engine in self.engines_of(other) and (both := watched_by_both(one.watched, other.watched)):
                    message = (
                        f"its operator of {engine} and that of installations[{first}] would both watch {both}, and two "
                        "operators on one database undo each other's work; leave one to each namespace: one "
                        f"cluster-wide operator of {engine}, or watch_namespaces that share none (each watches its own "
                        "too)"
                    )
                    yield Problem(f"installations[{second}]", message)

    def _identity_problems(self) -> Iterator[Problem]:
        installed = {engine for _, engine in self.installed}
        for engine in self.identities:
            if engine not in _KEYLESS:
                yield Problem(f"identities.{engine}", _NO_IDENTITY[engine])
            elif engine not in installed:
                yield Problem(f"identities.{engine}", f"no operator of {engine} is installed here; leave it out")


def watched_by_both(one: frozenset[str] | None, other: frozenset[str] | None) -> str | None:
    """In words, what two operators both watch; None for nothing. A missing set stands for every namespace."""
    if one is None and other is None:
        return "every namespace"
    both = one if other is None else other if one is None else one & other
    return _listed(both or ()) or None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def annotations_of(spec: OperatorsSpec, engine: str) -> Mapping[str, Any]:
    """Annotations of the operator's service account, which say who it is in the cloud."""
    return spec.identities.get(engine, {})
