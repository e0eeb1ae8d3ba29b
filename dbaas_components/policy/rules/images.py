"""What runs: images and charts of a known version, and nobody who changes it unasked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dbaas_components.policy.databases import is_database, is_guarded
from dbaas_components.policy.fragments import database, examples, manifest, resource
from dbaas_components.policy.inventory import Inventory
from dbaas_components.policy.item import Item
from dbaas_components.policy.pods import pod_spec
from dbaas_components.policy.rule import Rule, Severity, Violation

_MOVING: Final = ("latest", "main", "master", "edge", "nightly", "dev", "stable", "current")
_NEVER: Final = ("disabled", "never")
_EXACT = re.compile(r"v?\d+\.\d+\.\d+([-+].+)?")
_RELEASE: Final = "kubernetes:helm.sh/v3:Release"


def _images(item: Item) -> Iterator[tuple[str, str]]:
    for path, value in item.leaves():
        if path.rpartition(".")[2] == "image" and isinstance(value, str) and value:
            yield path, value


def _tag(image: str) -> str:
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2]


def _pinned(item: Item, _: Inventory) -> Iterator[Violation]:
    for path, image in _images(item):
        tag = _tag(image)
        if "@sha256:" in image:
            continue
        if not tag:
            yield Violation(path, f"{image} has no tag, which means latest")
        elif tag.lower() in _MOVING or tag.lower().startswith(("main-", "master-")):
            yield Violation(path, f'{image}: "{tag}" is another image tomorrow')


def _exact(item: Item, _: Inventory) -> Iterator[Violation]:
    for path, image in _images(item):
        tag = _tag(image)
        if "@sha256:" not in image and re.fullmatch(r"v?\d+(\.\d+)?", tag):
            yield Violation(path, f'{image}: "{tag}" is a series and not one version')


def _by_digest(item: Item, _: Inventory) -> Iterator[Violation]:
    loose = [image for _, image in _images(item) if "@sha256:" not in image]
    if loose:
        more = f" and {len(loose) - 1} more" if len(loose) > 1 else ""
        yield Violation("spec", f"{loose[0]}{more}: a tag can be pushed anew, a digest cannot")


def _charts(item: Item, _: Inventory) -> Iterator[Violation]:
    chart = item.at("chart")
    local = isinstance(chart, str) and chart.startswith((".", "/"))
    version = item.at("version")
    if version is None and not local:
        yield Violation("version", "is missing: whatever is newest that day is installed")
    elif isinstance(version, str) and not _EXACT.fullmatch(version):
        yield Violation("version", f'"{version}" is a range and not one version')


def _no_unasked_upgrades(item: Item, _: Inventory) -> Iterator[Violation]:
    apply = item.at("spec.upgradeOptions.apply")
    if isinstance(apply, str) and apply.lower() not in _NEVER:
        yield Violation("spec.upgradeOptions.apply", f'is "{apply}": the operator changes versions by itself')
    if item.at("spec.upgradeOptions.setFCV") is True:
        yield Violation("spec.upgradeOptions.setFCV", "is true: after that there is no way back to the old version")


def _one_pod_after_the_other(item: Item, _: Inventory) -> Iterator[Violation]:
    strategy = item.at("spec.updateStrategy")
    if isinstance(strategy, str) and strategy != "SmartUpdate":
        yield Violation("spec.updateStrategy", f'is "{strategy}": the primary may go first, or not at all')


_IMAGE = "docker.io/percona/percona-server:8.4.10-10.1"
_DIGEST = "docker.io/percona/percona-server@sha256:" + "0" * 64
_POD = ("v1", "Pod")


def _runs(image: str) -> dict[str, object]:
    return {"spec": {"containers": [{"name": "main", "image": image}]}}


RULES: Final = (
    Rule(
        id="images/pinned",
        severity=Severity.ERROR,
        reason="a pod that starts anew then runs another program than its neighbours",
        fix="write the version's tag or a digest",
        applies=lambda item: is_database(item) or bool(pod_spec(item)[1]),
        check=_pinned,
        examples=examples(database("ps", {"mysql": {"image": _IMAGE}}), manifest(*_POD, _runs("percona/toolkit"))),
    ),
    Rule(
        id="images/exact",
        severity=Severity.WARNING,
        reason="the tag of a series moves with each of its releases",
        fix="write the tag of one version, such as 8.4.10-10.1",
        applies=lambda item: is_guarded(item) or bool(pod_spec(item)[1]),
        check=_exact,
        examples=examples(database("ps", {"mysql": {"image": _IMAGE}}), manifest(*_POD, _runs("postgres:18"))),
    ),
    Rule(
        id="images/by-digest",
        severity=Severity.WARNING,
        reason="whoever can push to the registry changes what runs beside the data",
        fix="add `@sha256:...` to the images in `images`",
        applies=lambda item: is_guarded(item) and item.profile == "critical",
        check=_by_digest,
        examples=examples(
            database("ps", {"mysql": {"image": _DIGEST}}, profile="critical"),
            database("ps", {"mysql": {"image": _IMAGE}}, profile="critical"),
        ),
    ),
    Rule(
        id="images/chart-pinned",
        severity=Severity.ERROR,
        reason="an `up` of an unchanged program would then upgrade an operator, and with it restart databases",
        fix="write one version of the chart",
        applies=lambda item: item.type == _RELEASE,
        check=_charts,
        examples=examples(
            resource(_RELEASE, {"chart": "pxc-operator", "version": "1.20.0"}),
            resource(_RELEASE, {"chart": "pxc-operator", "version": "~1.20"}),
        ),
    ),
    Rule(
        id="upgrades/asked-for",
        severity=Severity.ERROR,
        reason="a database that restarts or changes its data format at night is an outage that nobody planned",
        fix="leave `upgradeOptions.apply` disabled; change `version` in the program instead",
        applies=is_guarded,
        check=_no_unasked_upgrades,
        examples=examples(
            database("pxc", {"upgradeOptions": {"apply": "disabled"}}),
            database("pxc", {"upgradeOptions": {"apply": "recommended"}}),
        ),
    ),
    Rule(
        id="upgrades/one-pod-after-the-other",
        severity=Severity.WARNING,
        reason="only SmartUpdate takes the primary last and waits for each member",
        fix="leave `updateStrategy` at SmartUpdate",
        applies=is_guarded,
        check=_one_pod_after_the_other,
        examples=examples(
            database("psmdb", {"updateStrategy": "SmartUpdate"}), database("psmdb", {"updateStrategy": "OnDelete"})
        ),
    ),
)
