"""The objects of a program against those of a cluster: what somebody changed by hand, in the words of databases."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
import re
import secrets as random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from dbaas_components.databases.operator_owned import ALWAYS, OPERATOR_OWNED, ROLE_OWNED
from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change, compare
from dbaas_components.diff.document import SECRET, Document, Saved
from dbaas_components.diff.grouping import DATABASES
from dbaas_components.drift.cluster import Cluster, DryRunRefused
from dbaas_components.drift.desired import Desired, desired_of, only
from dbaas_components.drift.failover import taken_keys
from dbaas_components.drift.fields import Path, hide, holds, path_of, remove, take_over
from dbaas_components.drift.managers import Manager, managers_of, program_manager, writer_of

_KUBERNETES: Final = "kubernetes:"
_NO_OBJECTS: Final = ("kubernetes:helm.sh/", "kubernetes:kustomize", "kubernetes:yaml")
_KEPT_METADATA: Final = ("name", "namespace", "labels", "annotations", "finalizers")
# Written by clients and controllers about themselves.
_NOTES: Final = ("kubectl.kubernetes.io/", "deployment.kubernetes.io/", "pulumi.com/", "kubernetes.io/metadata.name")
_STEPS: Final = re.compile(r'\["([^"]+)"\]|\[([^\]]+)\]|([^.\[\]]+)')
_SHORTEST_SECRET: Final = 6


@dataclass(frozen=True, slots=True)
class Drifted:
    """One thing that somebody changed by hand: `old` is the program's, `new` the cluster's."""

    change: Change
    by: str = ""
    """Who wrote it and when, as the API server keeps it; empty where it does not say."""
    back: Change | None = None
    """What it does to the database to take it back, where that is known."""

    @property
    def counts(self) -> bool:
        """Whether it is more than a label."""
        worst = max(self.change.effect, self.back.effect if self.back else Effect.NO_EFFECT)
        return worst > Effect.NO_EFFECT


@dataclass(frozen=True)
class Drift:
    """All that was found."""

    stack: str
    drifted: tuple[Drifted, ...]
    looked: int
    """How many objects were compared."""
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether the cluster is not what the program says."""
        return any(one.counts for one in self.drifted)


@dataclass
class _Look:
    """What was seen so far."""

    program: dict[str, Saved] = field(default_factory=dict[str, Saved])
    live: dict[str, Saved] = field(default_factory=dict[str, Saved])
    gone: set[str] = field(default_factory=set[str])
    managers: dict[str, tuple[str, list[Manager]]] = field(default_factory=dict[str, tuple[str, list[Manager]]])
    secrets: set[str] = field(default_factory=set[str])
    notes: list[str] = field(default_factory=list[str])
    terminating: set[str] = field(default_factory=set[str])


def find_drift(document: Document, cluster_of: Callable[[Saved], Cluster]) -> Drift:
    """What differs between a program's graph, its secrets unmasked, and the clusters. Raises `DriftError`.

    Nothing of a secret is in the result, nor a digest that outlives this call.
    """
    look, key = _Look(), random.token_bytes(32)
    elsewhere = 0
    for resource in document.resources:
        if not resource.custom or resource.read or resource.type.startswith("pulumi:"):
            continue
        if not resource.type.startswith(_KUBERNETES) or resource.type.startswith(_NO_OBJECTS):
            elsewhere += 1
            continue
        desired = desired_of(resource.inputs)
        look.secrets |= _both_forms(desired.texts)
        if not isinstance(desired.value.get("kind"), str) or not resource.metadata.get("name"):
            look.notes.append(
                f"{resource.type} {resource.name}: its name is made by the engine, so that it is not looked at"
            )
            continue
        _look_at(look, resource, desired, cluster_of(resource), key)
    if elsewhere:
        look.notes.append(f"{elsewhere} resources are no Kubernetes objects (charts, clouds) and were not looked at")
    program = _document(document, look.program, set())
    live = _document(document, look.live, look.gone)
    back = {(one.urn, one.path): one for one in compare(live, program)}
    drifted = [_drifted(one, look, back) for one in compare(program, live)]
    drifted += _going(look, document)
    return Drift(document.stack, tuple(drifted), len(look.program), tuple(dict.fromkeys(look.notes)))


def _look_at(look: _Look, resource: Saved, desired: Desired, cluster: Cluster, key: bytes) -> None:
    kind = str(desired.value["kind"])
    plain = replace(
        resource,
        protect=False,
        retain_on_delete=False,
        replace_on_changes=(),
        ignore_changes=(*resource.ignore_changes, *_always(resource.kind)),
    )
    live = cluster.read(str(desired.value.get("apiVersion", "v1")), kind, resource.namespace, resource.object_name)
    if live is None:
        hidden = _projected(desired.value)
        _hide(hidden, kind, desired, key)
        look.program[resource.urn] = replace(plain, inputs=hidden)
        look.gone.add(resource.urn)
        return
    if resource.kind in DATABASES:
        plain = replace(plain, ignore_changes=(*plain.ignore_changes, *taken_keys(live)))
    managers = managers_of(live)
    program = program_manager(managers)
    wanted = copy.deepcopy(dict(desired.value))
    for path in plain.ignore_changes:
        take_over(wanted, live, path_of(path))
    if kind == "Secret":
        look.secrets |= _texts_of_secret(live)
    if _mapping(live.get("metadata")).get("deletionTimestamp"):
        look.terminating.add(resource.urn)
    before, after = _both(look, resource, wanted, live, cluster, program)
    for path in desired.unknown:
        for value in (before, after):
            remove(value, path)
    _take_foreign(look, resource, before, _projected(desired.value), managers, program, plain.ignore_changes)
    for value in (before, after):
        _hide(value, kind, desired, key)
    look.program[resource.urn] = replace(plain, inputs=before)
    look.live[resource.urn] = replace(plain, inputs=after)
    look.managers[resource.urn] = (program, managers)


def _both(
    look: _Look, resource: Saved, wanted: dict[str, Any], live: dict[str, Any], cluster: Cluster, program: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The object as an `up` would leave it and as it is, both as the API server writes them."""
    try:
        return _projected(cluster.dry_run(wanted, program)), _projected(live)
    except DryRunRefused as error:
        where = f"{resource.kind} {resource.namespace}/{resource.object_name}"
        reason = (
            "whoever asks may not apply it" if error.status in (401, 403) else f"the API server answers {error.status}"
        )
        look.notes.append(f"{where}: no dry run ({reason}), so that only what the program writes itself is compared")
        before = _projected(wanted)
        return before, _projected({**only(live, before), "metadata": only(live.get("metadata"), wanted["metadata"])})


def _take_foreign(
    look: _Look, resource: Saved, before: dict[str, Any], wanted: Mapping[str, Any], managers: list[Manager],
    program: str, ignored: tuple[str, ...],
) -> None:  # fmt: skip
    """Takes what others added out of the object as the program would leave it; an apply lets it be."""
    patterns = [path_of(path) for path in ignored]
    for manager in managers:
        if manager.name == program or manager.is_program or manager.is_system:
            continue
        added = [path for path in manager.fields if not holds(wanted, path) and not _ignored(path, patterns)]
        if manager.is_operator:
            if inside := [path for path in added if path[0] == "spec"]:
                fields = ", ".join(sorted({str(path[1]) if len(path) > 1 else "spec" for path in inside}))
                look.notes.append(
                    f"{resource.kind} {resource.object_name}: {manager.name} wrote fields of its own below {fields}"
                )
            continue
        for path in sorted(added, key=_is_key):
            if path[0] != "metadata" or (len(path) > 1 and path[1] in ("labels", "annotations")):
                remove(before, path)


def _is_key(path: Path) -> bool:
    """Whether a field is what its item is found by; it goes last."""
    *_, above, last = ("", *path)
    return isinstance(above, tuple) and any(name == last for name, _ in above)


def _ignored(path: Path, patterns: list[Path]) -> bool:
    return any(
        len(pattern) <= len(path) and all(one in ("*", other) for one, other in zip(pattern, path, strict=False))
        for pattern in patterns
    )


def _always(kind: str) -> tuple[str, ...]:
    """What operators and the failover tool note about their own work. The fields of a site's role are in its
    `ignore_changes`; of a database in no topology they are the program's."""
    engine = DATABASES.get(kind)
    operators = (row.path for row in OPERATOR_OWNED if row.engine == engine and row.feature == ALWAYS)
    failover = (row.path for row in ROLE_OWNED if row.engine == engine and row.path.startswith("metadata.annotations"))
    return (*operators, *failover)


def _projected(value: Mapping[str, Any]) -> dict[str, Any]:
    """An object without what only the API server, controllers and clients note in it."""
    found = {key: copy.deepcopy(item) for key, item in value.items() if key not in ("status", "metadata", "stringData")}
    metadata = _mapping(value.get("metadata"))
    kept: dict[str, Any] = {key: copy.deepcopy(metadata[key]) for key in _KEPT_METADATA if metadata.get(key)}
    for name in ("annotations", "labels"):
        if name in kept:
            kept[name] = {key: item for key, item in _mapping(kept[name]).items() if not key.startswith(_NOTES)}
    if str(value.get("kind")) == "Secret" and "stringData" in value:
        texts = {
            key: base64.b64encode(str(item).encode()).decode() for key, item in _mapping(value["stringData"]).items()
        }
        found["data"] = {**_mapping(found.get("data")), **texts}
    return {**found, "metadata": kept}


def _hide(value: dict[str, Any], kind: str, desired: Desired, key: bytes) -> None:
    def digest(secret: Any) -> Any:
        text = json.dumps(secret, sort_keys=True, default=str)
        return {SECRET: hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}

    for path in desired.secret:
        if kind != "Secret" or path[0] not in ("data", "stringData"):
            hide(value, path, digest)
    if kind == "Secret" and isinstance(value.get("data"), dict):
        value["data"] = {name: digest(item) for name, item in _mapping(value["data"]).items()}


def _both_forms(texts: set[str]) -> set[str]:
    return {form for text in texts for form in (text, base64.b64encode(text.encode()).decode())}


def _texts_of_secret(live: Mapping[str, Any]) -> set[str]:
    """The values of a live Secret in both forms, so that none of them is shown where it was copied to."""
    found: set[str] = set()
    for item in _mapping(live.get("data")).values():
        if isinstance(item, str):
            found.add(item)
            found.add(base64.b64decode(item, validate=False).decode(errors="replace"))
    return found


def _document(document: Document, by_urn: Mapping[str, Saved], gone: set[str]) -> Document:
    resources = tuple(by_urn.get(one.urn, one) for one in document.resources if one.urn not in gone)
    return replace(document, resources=resources)


def _drifted(change: Change, look: _Look, back: Mapping[tuple[str, str], Change]) -> Drifted:
    program, managers = look.managers.get(change.urn, ("", []))
    writer = writer_of(tuple(_steps(change.path)), managers, program) if change.path else None
    by = writer.words if writer is not None else ""
    shown = replace(change, old=_scrubbed(change.old, look.secrets), new=_scrubbed(change.new, look.secrets))
    if not change.path and change.new is None:
        shown = replace(shown, does=f"somebody deleted it: {change.does}")
    undo = back.get((change.urn, change.path))
    return Drifted(replace(shown, undo="", pods=change.pods), by, undo)


def _going(look: _Look, document: Document) -> Iterator[Drifted]:
    """Objects that somebody deleted and that are held by a finalizer until now."""
    if not look.terminating:
        return
    without = replace(document, resources=tuple(one for one in document.resources if one.urn not in look.terminating))
    for change in compare(_document(document, look.program, set()), _document(without, look.program, set())):
        if change.urn in look.terminating and not change.path:
            does = f"somebody deleted it, and a finalizer holds it for now: {change.does}"
            yield Drifted(replace(change, does=does, new="on its way out", undo=""))


def _scrubbed(value: Any, secrets: set[str]) -> Any:
    """A value in which nothing of a known secret stands."""
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    if any(len(secret) >= _SHORTEST_SECRET and secret in text for secret in secrets):
        return {SECRET: "hidden"}
    return value


def _steps(path: str) -> Iterator[str | int]:
    for quoted, item, name in _STEPS.findall(path):
        yield int(item) if item.isdigit() else quoted or item or name


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
