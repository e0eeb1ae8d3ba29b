"""The labelled pairs of `dbaas diff` on the real engine: nothing that it replaces or deletes is called less by us.

All bases are brought up as one stack, each pair in a namespace of its own, and all heads previewed as its change.
"""

from __future__ import annotations

import copy
import dataclasses
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change, compare
from dbaas_components.diff.document import Document, Saved
from dbaas_components.diff.preview.reading import operations, read_preview
from dbaas_components.drift.desired import desired_of
from dbaas_components.drift.managers import managers_of, program_manager
from tests.api.judge import Judge
from tests.api.objects import ApiServer, Refused
from tests.diff.independence import FOLDER, THIRD, independent_pairs
from tests.diff.pairing import pairs
from tests.engine.preview_stack import PreviewStack, stack_in
from tests.engine.provider_stack import Program
from tests.steps.test_databases import kubeconfig

__all__ = ["kubeconfig"]

pytestmark = [pytest.mark.engine, pytest.mark.steps]

REPLACES = {"replace", "create-replacement", "delete-replaced"}
# Kinds without a namespace, which are called apart in each pair.
WIDE = {"StorageClass", "Namespace", "PersistentVolume", "ClusterRole", "ClusterRoleBinding"}


@dataclass(frozen=True)
class Judged:
    """One pair, as an engine can judge it."""

    number: int
    title: str
    base: Document
    head: Document
    changes: list[Change]

    def name(self, resource: Saved) -> str:
        # A database of another engine is another object of the same name.
        return f"p{self.number}-{resource.kind}-{resource.urn.rpartition('::')[2]}"

    def manifest(self, resource: Saved) -> dict[str, Any]:
        """The object in the pair's own namespace, or under a name of its own."""
        value = copy.deepcopy(desired_of(resource.inputs).value)
        metadata = value.setdefault("metadata", {})
        if resource.kind in WIDE:
            metadata["name"] = f"{metadata['name']}-{self.number}"
            metadata.pop("namespace", None)
        else:
            metadata["namespace"] = f"p{self.number}-{metadata.get('namespace', 'default')}"
        return value


Titled = tuple[str, Document, Document]


def chosen_of(everything: list[Titled]) -> list[Titled]:
    """Every pair in which an object comes, goes, or changes its name or place; of the others, which are updates to an
    engine whatever the field, each tenth: all of them would take ten times as long."""
    return [
        pair for number, pair in enumerate(everything) if identities(pair[1]) != identities(pair[2]) or number % 10 == 0
    ]


def identities(document: Document) -> set[tuple[Any, ...]]:
    return {
        (one.urn, one.kind, one.namespace, one.object_name, one.protect, one.retain_on_delete, one.replace_on_changes)
        for one in objects(document)
    }


def plain(token: str, change: Mapping[str, Any], **options: Any) -> Titled:
    """An object of Kubernetes before and after; `change` is merged into it, None takes the object away."""
    group, _, kind = token.removeprefix("kubernetes:").rpartition(":")
    base: dict[str, Any] = {
        "apiVersion": group.removeprefix("core/"),
        "kind": kind,
        "metadata": {"name": "one", "namespace": "shop"},
        **SPECS.get(kind, {}),
    }
    urn = f"urn:pulumi:dev::project::{token}::one"
    old = Saved(urn, token, "one", inputs=base, **options)
    new = () if not change else (dataclasses.replace(old, inputs=merged(base, change)),)
    return f"{kind}: {dict(change) or 'gone'}", Document("project", "dev", (old,)), Document("project", "dev", new)


def merged(value: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    inner = {
        key: merged(value.get(key, {}), item) if isinstance(item, Mapping) else item for key, item in change.items()
    }
    return {**value, **inner}


SPECS: dict[str, dict[str, Any]] = {
    "PersistentVolumeClaim": {
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    },
    "NetworkPolicy": {"spec": {"podSelector": {}}},
    "Secret": {"stringData": {"key": "value"}},
    "ConfigMap": {"data": {"key": "value"}},
    "StorageClass": {"provisioner": "example.com/none"},
    "HorizontalPodAutoscaler": {
        "spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "one"}}
    },
    "Service": {"spec": {"ports": [{"port": 80}]}},
    "Role": {"rules": []},
}
RENAMED, MOVED, GONE = {"metadata": {"name": "two"}}, {"metadata": {"namespace": "elsewhere"}}, dict[str, Any]()
DATABASES = [
    "kubernetes:pxc.percona.com/v1:PerconaXtraDBCluster",
    "kubernetes:ps.percona.com/v1:PerconaServerMySQL",
    "kubernetes:psmdb.percona.com/v1:PerconaServerMongoDB",
    "kubernetes:pgv2.percona.com/v2:PerconaPGCluster",
]
OBJECTS = [
    "kubernetes:core/v1:PersistentVolumeClaim",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    "kubernetes:core/v1:Secret",
    "kubernetes:core/v1:ConfigMap",
    "kubernetes:core/v1:Service",
    "kubernetes:rbac.authorization.k8s.io/v1:Role",
]


def further() -> Iterator[Titled]:
    """Replacements and deletions, of which the labelled pairs have few whose objects an API server would take."""
    for token in OBJECTS:
        for change in (RENAMED, MOVED, GONE):
            yield plain(token, change)
    yield plain("kubernetes:core/v1:ConfigMap", {"data": {"key": "other"}}, replace_on_changes=("data",))
    yield plain("kubernetes:core/v1:Secret", {"stringData": {"key": "other"}}, replace_on_changes=("stringData.key",))
    yield plain("kubernetes:core/v1:ConfigMap", {"data": {"key": "other"}}, ignore_changes=("data",))
    yield plain("kubernetes:core/v1:PersistentVolumeClaim", GONE, retain_on_delete=True)
    yield plain("kubernetes:storage.k8s.io/v1:StorageClass", RENAMED)
    yield plain("kubernetes:autoscaling/v1:HorizontalPodAutoscaler", {"apiVersion": "autoscaling/v2"})
    # The custom resources of real databases, renamed, moved and taken away.
    for engine in ("pxc", "ps", "psmdb", "pg"):
        base = next(pair for pair in pairs() if pair.engine == engine).documents()[0]
        for title, change in (("renamed", RENAMED), ("moved", MOVED), ("gone", GONE)):
            kept = [
                one if not is_database(one) else dataclasses.replace(one, inputs=merged(one.inputs, change))
                for one in base.resources
                if change or not is_database(one)
            ]
            yield f"{engine} {title}", base, dataclasses.replace(base, resources=tuple(kept))


def is_database(resource: Saved) -> bool:
    return resource.type in DATABASES


def objects(document: Document) -> Iterator[Saved]:
    for one in document.resources:
        if one.custom and not one.read and not one.type.startswith("pulumi:"):
            yield one


def why_not(judged: Judged, server: ApiServer, judge: Judge) -> str:
    """Why an engine cannot judge a pair; empty where it can."""
    before = {one.urn for one in judged.base.resources}
    if any(one.aliases for one in judged.head.resources if one.urn not in before):
        return "an alias keeps it, of which the programs here know nothing"
    for document in (judged.base, judged.head):
        for one in objects(document):
            if not one.type.startswith("kubernetes:") or not isinstance(one.inputs.get("apiVersion"), str):
                return f"{one.type} is no object with an apiVersion"
            if one.kind == "CustomResourceDefinition":
                return "definitions are shared by all pairs"
            if not judge.knows({"apiVersion": one.inputs["apiVersion"], "kind": one.inputs.get("kind", one.kind)}):
                return f"the server has no {one.kind}"
            if desired_of(one.inputs).unknown:
                return "a value is not known before an update"
    return ""


def accepted(server: ApiServer, judge: Judge, manifest: dict[str, Any]) -> str:
    """Why the API server does not take an object; empty where it does."""
    metadata = manifest["metadata"]
    try:
        base = f"/apis/{manifest['apiVersion']}" if "/" in manifest["apiVersion"] else f"/api/{manifest['apiVersion']}"
        plural = judge._plural(manifest["apiVersion"], manifest["kind"])
        inside = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
        place = f"{base}{inside}/{plural}/{metadata['name']}"
        try:
            manager = program_manager(managers_of(server.call("GET", place)))
        except Refused:
            manager = "tests"
        server.call(
            "PATCH",
            place,
            body=manifest,
            type="application/apply-patch+yaml",
            fieldManager=manager,
            force="true",
            dryRun="All",
        )
    except Refused as error:
        return f"the API server refuses it: {str(error)[:120]}"
    return ""


def programs(judged: list[Judged], side: str) -> Program:
    def body() -> None:
        for one in judged:
            for resource in objects(getattr(one, side)):
                pulumi.CustomResource(
                    resource.type,
                    one.name(resource),
                    one.manifest(resource),
                    pulumi.ResourceOptions(
                        retain_on_delete=resource.retain_on_delete,
                        ignore_changes=list(resource.ignore_changes),
                        replace_on_changes=list(resource.replace_on_changes),
                    ),
                )

    return body


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, engine: Path, kubeconfig: Path) -> PreviewStack:
    return stack_in(tmp_path_factory.mktemp("pairs"), engine, kubeconfig)
    # Its control plane goes with the module.


@dataclass(frozen=True)
class Compared:
    """What the engine and we say of many pairs."""

    chosen: list[Judged]
    table: Counter[tuple[str, str]]
    wrong: list[str]
    told: str


def compared(stack: PreviewStack, kubeconfig: Path, everything: list[Titled], first: int = 0) -> Compared:
    """Has the engine judge all pairs that it can judge; `first` is the number of the first one's namespace."""
    server = ApiServer(kubeconfig)
    judge = Judge(server)
    chosen: list[Judged] = []
    left_out: Counter[str] = Counter()
    known: dict[str, str] = {}
    for number, (title, base, head) in enumerate(everything, first):
        one = Judged(number, title, base, head, compare(base, head))
        reason = why_not(one, server, judge)
        manifests = [one.manifest(found) for side in (base, head) for found in objects(side)] if not reason else []
        for namespace in sorted(
            {found["metadata"]["namespace"] for found in manifests if "namespace" in found["metadata"]}
        ):
            server.new_namespace(namespace)
        for manifest in manifests:
            # Most pairs have the base in common; what the server thinks of it does not hang on its namespace.
            content = json.dumps(manifest, sort_keys=True).replace(f'"p{number}-', '"')
            if not reason and content not in known:
                known[content] = accepted(server, judge, manifest)
            reason = reason or known[content]
        if reason:
            left_out[reason] += 1
        else:
            chosen.append(one)
    stack.up(programs(chosen, "base"))
    # Some rules are about changes and hold only against what is there; the engine would stop at the first refusal.
    for one in list(chosen):
        refused = [found for found in map(one.manifest, objects(one.head)) if accepted(server, judge, found)]
        if refused:
            worst = max((found.effect for found in one.changes), default=Effect.NO_EFFECT)
            left_out[f"the API server refuses the change, which then does nothing ({one.title}: {worst.slug})"] += 1
            chosen.remove(one)
    recording = stack.record(programs(chosen, "head"), streamed=True)  # Those left out are deleted; nobody asks them.
    preview = read_preview(recording.text, code=recording.code)
    assert preview.complete, (preview.problems, preview.errors[:5])
    steps = {urn.rpartition("::")[2]: {step.operation for step in found} for urn, found in operations(preview)}
    table: Counter[tuple[str, str]] = Counter()
    wrong = [line for one in chosen for line in missed(one, steps, table)]
    told = f"\n{len(chosen)} of {len(everything)} pairs judged by the engine: {json.dumps(words(table))}\n"
    told += "".join(f"  left out, {count}: {reason}\n" for reason, count in left_out.most_common())
    return Compared(chosen, table, wrong, told)


def test_the_engine_replaces_and_deletes_nothing_that_we_call_less(
    stack: PreviewStack, kubeconfig: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    everything = [(pair.name, *pair.documents()) for pair in pairs()] + list(further())
    found = compared(stack, kubeconfig, everything)
    with capsys.disabled():
        print(found.told, end="")
    assert found.wrong == []
    assert len(found.chosen) >= len(everything) // 2
    assert sum(count for (operation, _), count in found.table.items() if operation in ("replace", "delete")) >= 3


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws")
def test_the_engine_does_no_more_to_the_independent_pairs_than_we_tell(
    tmp_path: Path, engine: Path, kubeconfig: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    everything = chosen_of(
        [(pair.name, *pair.documents()) for one in (FOLDER, THIRD) for pair in independent_pairs(one)]
    )
    found = compared(stack_in(tmp_path, engine, kubeconfig), kubeconfig, everything, first=1_000)
    with capsys.disabled():
        print(found.told, end="")
    assert found.wrong == []
    assert len(found.chosen) >= len(everything) // 2
    assert sum(count for (operation, _), count in found.table.items() if operation in ("replace", "delete")) >= 10


def missed(one: Judged, steps: Mapping[str, set[str]], table: Counter[tuple[str, str]]) -> list[str]:
    """Where the engine does more to a pair's objects than we tell."""
    wrong: list[str] = []
    for resource in {found.urn: found for found in (*objects(one.head), *objects(one.base))}.values():
        mine = [found for found in one.changes if found.urn == resource.urn]
        worst = max((found.effect for found in mine), default=Effect.NO_EFFECT)
        done = steps.get(one.name(resource), set())
        operation = "replace" if done & REPLACES else next(iter(done), "nothing")
        table[operation, worst.slug if mine else "no line"] += 1
        where = f"{one.title}: {resource.kind} {resource.object_name}"
        about = f"{where}: the engine does {operation}, we tell {worst.slug}"
        told_gone = any(not found.path and found.new is None for found in mine)
        if (operation == "replace" and worst < Effect.REPLACE) or (operation == "delete" and not told_gone):
            wrong.append(about)
        if (operation == "update" and not mine) or operation == "nothing":
            wrong.append(about)
    return wrong


def words(table: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (operation, effect), count in sorted(table.items()):
        found.setdefault(operation, {})[effect] = count
    return found
