"""Where pods run and how they behave there: the same words for servers, proxies and helpers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dbaas_components.databases.spec.part import LabelKey, LabelValue, ObjectName, Part, Text
from dbaas_components.databases.spec.sizing import Resources

Seconds = Annotated[int, Field(ge=1, le=86_400)]


class Probe(Part):
    """How the kubelet asks a container whether it is well; what is not given keeps the operator's own value."""

    initial_delay_seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None
    """Time after the start before the first question."""
    period_seconds: Seconds | None = None
    """Time between questions."""
    timeout_seconds: Seconds | None = None
    """Time an answer may take."""
    failure_threshold: Annotated[int, Field(ge=1, le=1_000)] | None = None
    """Failures in a row that count as one."""
    success_threshold: Annotated[int, Field(ge=1, le=1_000)] | None = None
    """Successes in a row that end a failure; a liveness probe takes only 1."""


class Toleration(Part):
    """A taint of nodes that these pods accept."""

    key: LabelKey | None = None
    """Key of the taint; default: any."""
    operator: Literal["Exists", "Equal"] = "Exists"
    """Whether the taint's value must be `value`."""
    value: LabelValue | None = None
    """Value of the taint, for operator `Equal`."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """Effect of the taint; default: any."""
    seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None
    """For `NoExecute`: how long a pod stays after the taint appeared; default: for ever."""


class Pods(Part):
    """Settings of one component's pods. What is not given keeps the profile's or the operator's value."""

    resources: Resources = Resources.usual()
    """CPU and memory of the main container."""
    priority: ObjectName | None = None
    """PriorityClass: who goes first when nodes are full."""
    node_labels: dict[LabelKey, LabelValue] = {}
    """Labels that a node must have."""
    tolerations: tuple[Toleration, ...] = ()
    """Taints that these pods accept."""
    annotations: dict[LabelKey, Text] = {}
    """Annotations of the pods."""
    labels: dict[LabelKey, LabelValue] = {}
    """Labels of the pods, beside the operator's."""
    max_unavailable: Annotated[int, Field(ge=1, le=50)] = 1
    """Disruption budget: how many of these pods a node drain may take at once."""
    grace_period_seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None
    """Time a pod has to shut down in order."""
    readiness: Probe | None = None
    """When a pod gets connections."""
    liveness: Probe | None = None
    """When a container is started anew."""
    service_account: ObjectName | None = None
    """ServiceAccount of the pods."""
    environment_secret: ObjectName | None = None
    """Secret whose keys become environment variables."""
    runtime: ObjectName | None = None
    """RuntimeClass of the pods."""
    scheduler: ObjectName | None = None
    """Scheduler that places the pods."""


class Spread(Part):
    """How far apart the replicas of one component are kept."""

    nodes: bool | Literal["preferred"] = True
    """Whether no two replicas may share a node; `preferred` lets them where there are not nodes enough."""
    zones: Literal["none", "preferred", "required"] = "none"
    """Whether replicas are spread evenly over zones; `required` leaves a replica waiting rather than uneven."""
