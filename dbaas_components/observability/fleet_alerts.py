"""`FleetAlerts`: the alerts of what all databases of a Kubernetes cluster depend on."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from typing import Annotated, NotRequired, TypedDict

import pulumi
from pydantic import AfterValidator

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.fields import not_empty
from dbaas_components.databases.spec.database import EngineWord
from dbaas_components.databases.spec.part import LabelKey, LabelValue, NamespaceName, ObjectName, Part
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.observability.database_alerts import Address
from dbaas_components.observability.rules.alert import DEFAULT_RUNBOOKS
from dbaas_components.observability.rules.fleet import OperatorPlace
from dbaas_components.observability.rules.groups import fleet_groups, rule_object
from dbaas_components.ownership import Ownership


class WatchedOperatorArgs(TypedDict):
    """Where an operator runs."""

    engine: str
    """`pxc`, `ps`, `psmdb` or `pg`."""
    namespace: str
    """Namespace of its Deployment."""
    deployment: NotRequired[str]
    """Name of its Deployment; default as `Operators` installs it: `<engine>-operator`."""


class FleetAlertsArgs(TypedDict):
    """Arguments of `FleetAlerts`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    operators: Sequence[WatchedOperatorArgs]
    """The operators, at least one."""
    runbooks: NotRequired[str]
    """Address below which your people find `<alert>.md`; default `docs/runbooks`, the folder in this project."""
    namespace: NotRequired[str]
    """Namespace of the PrometheusRule; default `monitoring`."""
    select_labels: NotRequired[Mapping[str, str]]
    """Labels by which Prometheus selects rules."""


class WatchedOperator(Part):
    """Where an operator runs, checked."""

    engine: EngineWord
    namespace: NamespaceName
    deployment: ObjectName | None = None


class FleetAlertsSpec(Part):
    """The arguments of `FleetAlerts`, checked."""

    ownership: Ownership
    operators: Annotated[tuple[WatchedOperator, ...], AfterValidator(not_empty)]
    runbooks: Address = DEFAULT_RUNBOOKS
    namespace: NamespaceName = "monitoring"
    select_labels: dict[LabelKey, LabelValue] = {}


class FleetAlerts(Component):
    """One PrometheusRule: operators that are down, and a monitoring that sees nothing."""

    alerts: pulumi.Output[Sequence[str]]
    """Names of its alerts."""

    def __init__(self, name: str, args: FleetAlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(FleetAlertsSpec, f'fleet alerts "{name}"', args)
        self.begin(name, opts)
        places = [
            OperatorPlace(one.engine, one.namespace, one.deployment or f"{one.engine}-operator")
            for one in spec.operators
        ]
        whose = spec.ownership
        told = {
            "owner": whose.owner,
            "tenant": whose.tenant,
            "environment": whose.environment,
            "cost_centre": whose.cost_centre,
        }
        groups = fleet_groups(places, told, runbooks=spec.runbooks)
        labels = {**whose.labels(component="alerts", instance=name), **spec.select_labels}
        rule = rule_object(f"dbaas-fleet-{name}", spec.namespace, groups, labels)
        placed = KubernetesObject(self.child_name("rules"), rule, self.child_options())
        self.publish(placed, alerts=sorted({one["alert"] for group in groups for one in group["rules"]}))
