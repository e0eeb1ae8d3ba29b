"""Reading a custom resource that anybody may have written: what is not of the expected form counts as not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from dbaas_components.databases.rendering import shared
from dbaas_components.databases.rendering.pods import ZONE

Fields = Mapping[str, Any]

REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
WHEN_UNEVEN: Final = {"DoNotSchedule": "required", "ScheduleAnyway": "preferred"}
"""Kubernetes' words for pods that cannot be spread evenly over zones, and the specification's."""
SERVICE_TYPES: Final = {service: word for word, service in shared.SERVICE_TYPES.items()}
"""Kubernetes' types of Services, and the specification's."""
_PROBE: Final = {
    "initialDelaySeconds": "initial_delay_seconds",
    "periodSeconds": "period_seconds",
    "timeoutSeconds": "timeout_seconds",
    "failureThreshold": "failure_threshold",
    "successThreshold": "success_threshold",
}


def part(values: object, *path: str) -> Fields:
    """The mapping at a path, empty where there is none."""
    for key in path:
        values = cast("Fields", values).get(key) if isinstance(values, Mapping) else None
    return cast("Fields", values) if isinstance(values, Mapping) else {}


def items(values: Fields, key: str) -> list[Fields]:
    """The mappings of a list."""
    return [cast("Fields", item) for item in _listed(values, key) if isinstance(item, Mapping)]


def first(values: list[Fields]) -> Fields:
    """The first of several mappings, empty where there is none."""
    return values[0] if values else {}


def texts(values: Fields, key: str) -> list[str]:
    """The texts of a list."""
    return [item for item in _listed(values, key) if isinstance(item, str)]


def _listed(values: Fields, key: str) -> list[object]:
    found = values.get(key)
    return cast("list[object]", found) if isinstance(found, list) else []


def mapping(values: Fields, key: str) -> dict[str, str]:
    """A mapping of texts."""
    return {name: value for name, value in part(values, key).items() if isinstance(value, str)}


def text(values: Fields, key: str) -> str | None:
    """A text that is not empty. A number, as YAML reads an unquoted quantity, is one too."""
    found = values.get(key)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return None
    return str(found) or None


def number(values: Fields, key: str) -> int | None:
    """A whole number."""
    found = values.get(key)
    if isinstance(found, float):
        return int(found) if found.is_integer() else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def flag(values: Fields, key: str) -> bool | None:
    """True or false; None where neither is said."""
    found = values.get(key)
    return found if isinstance(found, bool) else None


def given(**values: Any) -> dict[str, Any]:
    """What says something: without nulls and empty parts."""
    return {key: value for key, value in values.items() if value is not None and value not in ("", {}, [])}


def without(found: Mapping[str, str], prefixes: tuple[str, ...]) -> dict[str, str]:
    """Labels or annotations of which no key begins with one of `prefixes`."""
    return {key: value for key, value in found.items() if not key.startswith(prefixes)}


def unless(value: str | None, default: str) -> str | None:
    """A text that is not the operator's own default."""
    return None if value == default else value


def toleration(found: Fields) -> dict[str, Any]:
    """One toleration of pods."""
    return given(
        key=text(found, "key"),
        # Kubernetes' own meaning where none is given, which is not the specification's.
        operator=text(found, "operator") or "Equal",
        value=text(found, "value"),
        effect=text(found, "effect"),
        seconds=number(found, "tolerationSeconds"),
    )


def probe(found: Fields) -> dict[str, int]:
    """The times of a probe."""
    return {word: value for field, word in _PROBE.items() if (value := number(found, field)) is not None}


def zones(affinity: Fields) -> list[str]:
    """The zones that nodes must be in, if that is all that is asked of them."""
    terms = items(part(affinity, "nodeAffinity", REQUIRED), "nodeSelectorTerms")
    requirements = items(first(terms), "matchExpressions") if len(terms) == 1 else []
    if len(requirements) != 1 or text(first(requirements), "key") != ZONE:
        return []
    return texts(first(requirements), "values") if text(first(requirements), "operator") == "In" else []


def autoscale(spec: Fields) -> dict[str, Any] | None:
    """The operator's own enlarging of volumes, where it is on and has a bound."""
    found = part(spec, "storageScaling", "autoscaling")
    most = text(found, "maxSize")
    if not flag(found, "enabled") or most is None:
        return None
    step, threshold = text(found, "growthStep"), number(found, "triggerThresholdPercent")
    return given(threshold_percent=threshold, step=step, max_size=most)


def issuer(tls: Fields) -> dict[str, Any] | None:
    """cert-manager's issuer, as three of the operators write it down."""
    found = part(tls, "issuerConf")
    if not found:
        return None
    return given(name=text(found, "name"), kind=text(found, "kind") or "Issuer", group=text(found, "group"))


def service(found: Fields) -> dict[str, Any]:
    """What every kind of Service of a database has beside its type."""
    return given(
        source_ranges=texts(found, "loadBalancerSourceRanges"),
        annotations=mapping(found, "annotations"),
        labels=mapping(found, "labels"),
        external_traffic_policy=text(found, "externalTrafficPolicy"),
        internal_traffic_policy=text(found, "internalTrafficPolicy"),
    )


def pull_secrets(component: Fields) -> list[str]:
    """Names of the Secrets that images are pulled with."""
    return [name for one in items(component, "imagePullSecrets") if (name := text(one, "name"))]


def series_of(server_image: str, series: Mapping[str, object], default: str) -> str:
    """The series of versions that an image's tag is of; the default where it is of none."""
    tag = server_image.rpartition(":")[2]
    return next((one for one in series if tag.startswith(f"{one}.")), default)


def images(found: Mapping[str, str], pinned: Mapping[str, str]) -> dict[str, Any]:
    """The registry that the pinned images come from, the server's above all, and the images that are not so pinned."""
    registries = {
        role: image.removesuffix(f"/{pinned[role]}")
        for role, image in found.items()
        if role in pinned and image.endswith(f"/{pinned[role]}")
    }
    registry = registries.get("server") or next(iter(registries.values()), None)
    own = {role: image for role, image in found.items() if registry is None or registries.get(role) != registry}
    return given(image_registry=registry, images=own)
