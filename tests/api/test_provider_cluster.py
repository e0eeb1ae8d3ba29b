"""The stand-in provider's operations on a real API server, without an engine."""

from __future__ import annotations

import base64
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from embedded.control_plane import Running
from embedded.provider.cluster import Cluster, ExistsError
from embedded.provider.discovery import KindMissingError
from embedded.provider.host import Host
from embedded.provider.kubeconfig import load
from embedded.provider.objects import Identity, parse_token
from embedded.provider.resources import HalfDoneError, RefusedError, Resource, Resources
from embedded.provider.values import Properties, Unknown
from embedded.provider.waits import WaitError, Waiting

pytestmark = pytest.mark.api


class Messages(Host):
    """A host that keeps what was said."""

    def __init__(self) -> None:
        super().__init__(None)
        self.said: list[str] = []

    def debug(self, message: str, urn: str = "") -> None:
        self.said.append(message)

    info = warning = debug

    def status(self, message: str, urn: str) -> None:
        self.said.append(message)


@pytest.fixture(scope="module")
def cluster(control_plane: Running) -> Cluster:
    return Cluster(load(str(control_plane.kubeconfig)))


@pytest.fixture
def messages() -> Messages:
    return Messages()


@pytest.fixture
def resources(cluster: Cluster, messages: Messages) -> Resources:
    return Resources(cluster, messages, threading.Event())


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """A namespace of the test's own; it is deleted without waiting, because that takes the controllers 5 s."""
    name = f"provider-{uuid.uuid4().hex[:8]}"
    identity = Identity("v1", "Namespace", "", name)
    waiting = Waiting(Messages(), "", 60, threading.Event())
    cluster.create(identity, {}, "tests", waiting)
    yield name
    cluster.delete(identity, {"metadata": {"annotations": {"pulumi.com/skipAwait": "true"}}}, waiting)


def resource(token: str, name: str = "it") -> Resource:
    return Resource(f"urn:pulumi:test::provider::{token}::{name}", parse_token(token))


CONFIG_MAP = resource("kubernetes:core/v1:ConfigMap")
SECRET = resource("kubernetes:core/v1:Secret")
DEPLOYMENT = resource("kubernetes:apps/v1:Deployment")
DEFINITION = resource("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition")


def config_map(namespace: str, name: str = "settings", data: Any = None, **metadata: Any) -> Properties:
    return Properties(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": namespace, **metadata},
            "data": {"a": "1"} if data is None else data,
        }
    )


def deployment(namespace: str, **metadata: Any) -> Properties:
    pod = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx:1"}]}}
    return Properties(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": namespace, **metadata},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": pod},
        }
    )


def definition(kind: str, group: str, **spec: Any) -> Properties:
    size = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
    plural = f"{kind.lower()}s"
    return Properties(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}"},
            "spec": {
                "group": group,
                "scope": "Namespaced",
                "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": size}}],
                **spec,
            },
        }
    )


@pytest.fixture
def group(resources: Resources) -> Iterator[str]:
    """An API group of the test's own, whose definitions are deleted after it."""
    name = f"g{uuid.uuid4().hex[:8]}.example.org"
    yield name
    for kind in ("Thing", "Other"):
        resources.delete(DEFINITION, f"{kind.lower()}s.{name}", definition(kind, name).value, 60)


def test_an_object_is_created_changed_read_and_deleted(resources: Resources, namespace: str) -> None:
    identifier, created = resources.create(CONFIG_MAP, config_map(namespace), 0)
    assert identifier == f"{namespace}/settings"
    assert created["metadata"]["uid"]
    assert "managedFields" not in created["metadata"]
    assert "annotations" not in created["metadata"], "no last-applied text is written"
    changed = resources.update(CONFIG_MAP, identifier, created, config_map(namespace, data={"b": "2"}), [], 0)
    assert changed["data"] == {"b": "2"}, "a field that the program no longer has is taken away"
    found = resources.read(CONFIG_MAP, identifier, changed, config_map(namespace, data={"b": "2"}).value)
    assert found is not None
    assert found[1]["data"] == {"b": "2"}
    resources.delete(CONFIG_MAP, identifier, changed, 0)
    assert resources.read(CONFIG_MAP, identifier, changed, config_map(namespace).value) is None


def test_any_character_arrives_as_it_was_sent(resources: Resources, namespace: str) -> None:
    """Read as YAML, an escape of half a character, as JSON may write it, is refused."""
    sent = {"a": "caffè, 漢字, \U0001f600\n\ttab"}
    _, created = resources.create(CONFIG_MAP, config_map(namespace, data=sent), 0)
    assert created["data"] == sent


def test_what_is_gone_already_counts_as_deleted(resources: Resources, namespace: str) -> None:
    resources.delete(CONFIG_MAP, f"{namespace}/never-there", config_map(namespace).value, 0)
    resources.delete(CONFIG_MAP, "no-such-namespace/x", config_map("no-such-namespace").value, 0)
    gone = resource("kubernetes:gone.example.org/v1:Gone")
    resources.delete(gone, f"{namespace}/x", {}, 0)
    assert resources.read(gone, f"{namespace}/x", {}, {"metadata": {}}) is None


def test_an_object_without_a_namespace_gets_the_default_one_in_its_id(resources: Resources) -> None:
    name = f"provider-{uuid.uuid4().hex[:8]}"
    inputs = Properties({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
    identifier, created = resources.create(CONFIG_MAP, inputs, 0)
    assert identifier == f"default/{name}"
    assert created["metadata"]["namespace"] == "default"
    resources.delete(CONFIG_MAP, identifier, created, 0)


def test_a_preview_leaves_nothing_behind(resources: Resources, namespace: str) -> None:
    shown = resources.preview_create(CONFIG_MAP, config_map(namespace))
    assert shown is not None
    assert shown["data"] == {"a": "1"}
    assert isinstance(shown["metadata"]["uid"], Unknown)
    assert resources.read(CONFIG_MAP, f"{namespace}/settings", {}, None) is None


def test_a_namespace_is_waited_for_until_it_is_active_and_until_it_is_gone(resources: Resources) -> None:
    token = resource("kubernetes:core/v1:Namespace")
    name = f"provider-{uuid.uuid4().hex[:8]}"
    identifier, created = resources.create(token, Properties({"metadata": {"name": name}}), 0)
    assert created["status"]["phase"] == "Active"
    resources.create(CONFIG_MAP, config_map(name), 0)
    resources.delete(token, identifier, created, 60)
    assert resources.read(token, identifier, created, {"metadata": {"name": name}}) is None
    assert resources.read(CONFIG_MAP, f"{name}/settings", {}, config_map(name).value) is None


def test_objects_of_a_new_definition_can_be_created_as_soon_as_it_is(
    resources: Resources, namespace: str, group: str
) -> None:
    resources.create(DEFINITION, definition("Thing", group), 0)
    thing = resource(f"kubernetes:{group}/v1:Thing")
    inputs = Properties({"metadata": {"name": "one", "namespace": namespace}, "spec": {"size": 3}})
    identifier, created = resources.create(thing, inputs, 0)
    assert identifier == f"{namespace}/one"
    assert created["spec"] == {"size": 3}


def test_an_object_whose_definition_and_namespace_come_later_is_created_when_they_have(
    cluster: Cluster, messages: Messages, group: str
) -> None:
    # Another provider process of the same run has not seen the definition in its discovery either.
    resources = Resources(cluster, messages, threading.Event())
    name = f"provider-{uuid.uuid4().hex[:8]}"
    thing = resource(f"kubernetes:{group}/v1:Thing")
    inputs = Properties({"metadata": {"name": "one", "namespace": name}, "spec": {"size": 3}})
    done: list[str] = []
    waiter = threading.Thread(target=lambda: done.append(resources.create(thing, inputs, 30)[0]))
    waiter.start()
    time.sleep(0.5)
    assert not done
    resources.create(DEFINITION, definition("Thing", group), 0)
    time.sleep(0.3)
    namespace = resource("kubernetes:core/v1:Namespace")
    resources.create(namespace, Properties({"metadata": {"name": name}}), 0)
    waiter.join(timeout=30)
    assert done == [f"{name}/one"]
    resources.delete(namespace, name, {"metadata": {"annotations": {"pulumi.com/skipAwait": "true"}}}, 0)


def test_a_kind_that_never_comes_is_named(
    resources: Resources, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedded.provider.cluster.MISSING_KIND_PATIENCE", 0.3)
    inputs = Properties({"metadata": {"name": "one", "namespace": namespace}})
    with pytest.raises(KindMissingError, match=r"no kind Nothing in nowhere\.example\.org/v1"):
        resources.create(resource("kubernetes:nowhere.example.org/v1:Nothing"), inputs, 0)


def test_a_namespace_that_never_comes_is_named(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedded.provider.cluster.MISSING_NAMESPACE_PATIENCE", 0.3)
    with pytest.raises(RefusedError, match='namespaces "no-such-place" not found'):
        resources.create(CONFIG_MAP, config_map("no-such-place"), 0)


def test_a_preview_does_not_fail_for_what_the_update_may_bring(resources: Resources, namespace: str) -> None:
    assert resources.preview_create(CONFIG_MAP, config_map("not-yet")) is None
    inputs = Properties({"metadata": {"name": "one", "namespace": namespace}})
    assert resources.preview_create(resource("kubernetes:later.example.org/v1:Later"), inputs) is None


def test_a_definition_that_cannot_be_established_is_half_done_and_says_why(resources: Resources, group: str) -> None:
    resources.create(DEFINITION, definition("Thing", group), 0)
    clash = definition("Thing", group, names={"kind": "Thing", "plural": "others", "singular": "other"})
    clash.value["metadata"]["name"] = f"others.{group}"
    with pytest.raises(HalfDoneError, match=r"to be established, still missing: condition NamesAccepted") as half:
        resources.create(resource("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", "o"), clash, 1)
    assert half.value.id == f"others.{group}"
    assert half.value.outputs["metadata"]["uid"]


def test_a_finalizer_that_nobody_serves_keeps_the_object_and_is_named(resources: Resources, namespace: str) -> None:
    kept = config_map(namespace, finalizers=["example.org/keep"])
    identifier, created = resources.create(CONFIG_MAP, kept, 0)
    with pytest.raises(WaitError, match=r"example\.org/keep"):
        resources.delete(CONFIG_MAP, identifier, created, 1)
    skipping = {"pulumi.com/skipAwait": "true"}
    resources.delete(CONFIG_MAP, identifier, {**created, "metadata": {"annotations": skipping}}, 0)
    resources.update(CONFIG_MAP, identifier, created, config_map(namespace), [], 0)
    resources.delete(CONFIG_MAP, identifier, created, 5)


def test_an_object_on_its_way_out_is_waited_for_and_then_made_anew(resources: Resources, namespace: str) -> None:
    identifier, created = resources.create(CONFIG_MAP, config_map(namespace, finalizers=["example.org/keep"]), 0)
    skipping = {"pulumi.com/skipAwait": "true"}
    resources.delete(CONFIG_MAP, identifier, {"metadata": {"annotations": skipping}}, 0)
    done: list[dict[str, Any]] = []
    again = threading.Thread(target=lambda: done.append(resources.create(CONFIG_MAP, config_map(namespace), 20)[1]))
    again.start()
    time.sleep(0.5)
    assert not done
    resources.update(CONFIG_MAP, identifier, created, config_map(namespace), [], 0)
    again.join(timeout=20)
    assert done[0]["metadata"]["uid"] != created["metadata"]["uid"]


def test_an_object_of_someone_else_is_not_taken_over(resources: Resources, namespace: str, messages: Messages) -> None:
    resources.create(resource("kubernetes:core/v1:ConfigMap", "other"), config_map(namespace), 0)
    with pytest.raises(ExistsError, match=r"exists already.*import it"):
        resources.create(CONFIG_MAP, config_map(namespace), 0)


def test_a_preview_warns_of_an_object_of_someone_else(
    cluster: Cluster, resources: Resources, namespace: str, messages: Messages
) -> None:
    identity = Identity("v1", "ConfigMap", namespace, "settings")
    cluster.create(identity, config_map(namespace).value, "kubectl", Waiting(messages, "", 5, threading.Event()))
    resources.preview_create(CONFIG_MAP, config_map(namespace))
    assert any("exists already, written by kubectl" in message for message in messages.said)


def test_an_object_that_an_interrupted_run_left_is_gone_on_with(
    resources: Resources, namespace: str, messages: Messages
) -> None:
    _, first = resources.create(CONFIG_MAP, config_map(namespace), 0)
    _, second = resources.create(CONFIG_MAP, config_map(namespace, data={"a": "2"}), 0)
    assert second["metadata"]["uid"] == first["metadata"]["uid"]
    assert second["data"] == {"a": "2"}
    assert any("interrupted run" in message for message in messages.said)


def taken_by_another(cluster: Cluster, namespace: str, replicas: int) -> None:
    identity = Identity("apps/v1", "Deployment", namespace, "web")
    value = {"metadata": {"annotations": {"pulumi.com/patchForce": "true"}}, "spec": {"replicas": replicas}}
    cluster.update(identity, value, "autoscaler", [], Waiting(Messages(), "", 5, threading.Event()))


def test_a_conflict_names_manager_and_field_and_force_takes_the_field_over(
    cluster: Cluster, resources: Resources, namespace: str
) -> None:
    identifier, created = resources.create(DEPLOYMENT, deployment(namespace), 0)
    taken_by_another(cluster, namespace, 5)
    wanted = deployment(namespace)
    wanted.value["spec"]["replicas"] = 2
    with pytest.raises(RefusedError, match=r"spec\.replicas: managed by \"autoscaler\""):
        resources.preview_update(DEPLOYMENT, identifier, created, wanted, [])
    with pytest.raises(RefusedError, match=r"spec\.replicas: managed by \"autoscaler\""):
        resources.update(DEPLOYMENT, identifier, created, wanted, [], 0)
    forcing = deployment(namespace, annotations={"pulumi.com/patchForce": "true"})
    forcing.value["spec"]["replicas"] = 2
    assert resources.update(DEPLOYMENT, identifier, created, forcing, [], 0)["spec"]["replicas"] == 2


def test_an_ignored_field_keeps_the_value_that_someone_else_gave_it(
    cluster: Cluster, resources: Resources, namespace: str
) -> None:
    identifier, created = resources.create(DEPLOYMENT, deployment(namespace), 0)
    taken_by_another(cluster, namespace, 5)
    wanted = deployment(namespace, labels={"tier": "standard"})
    ignored = ["spec.replicas"]
    assert (resources.preview_update(DEPLOYMENT, identifier, created, wanted, ignored) or {})["spec"]["replicas"] == 5
    changed = resources.update(DEPLOYMENT, identifier, created, wanted, ignored, 0)
    assert changed["spec"]["replicas"] == 5
    assert changed["metadata"]["labels"] == {"tier": "standard"}


def test_a_refresh_sees_drift_in_the_programs_fields_and_no_others(
    cluster: Cluster, resources: Resources, namespace: str
) -> None:
    inputs = deployment(namespace)
    container = inputs.value["spec"]["template"]["spec"]["containers"][0]
    container["resources"] = {"requests": {"cpu": "1000m"}}
    identifier, created = resources.create(DEPLOYMENT, inputs, 0)
    unchanged = resources.read(DEPLOYMENT, identifier, created, inputs.value)
    assert unchanged is not None
    assert unchanged[2] == inputs.value, "defaults of the server and its own way to write quantities are no drift"
    taken_by_another(cluster, namespace, 5)
    drifted = resources.read(DEPLOYMENT, identifier, created, inputs.value)
    assert drifted is not None
    assert drifted[1]["spec"]["replicas"] == 5
    assert drifted[2] == {**inputs.value, "spec": {**inputs.value["spec"], "replicas": 5}}


@pytest.mark.parametrize("kind", ["built-in", "custom"])
def test_a_field_that_the_kind_does_not_have_is_refused_by_its_path(
    resources: Resources, namespace: str, group: str, kind: str
) -> None:
    if kind == "custom":
        resources.create(DEFINITION, definition("Thing", group), 0)
        token = resource(f"kubernetes:{group}/v1:Thing")
        inputs = Properties({"metadata": {"name": "one", "namespace": namespace}, "spec": {"sise": 3}})
        path, subject = "spec.sise", "Thing"
    else:
        token, inputs = DEPLOYMENT, deployment(namespace)
        inputs.value["spec"]["replica"] = 3
        path, subject = "spec.replica", "Deployment"
    with pytest.raises(RefusedError) as refused:
        resources.preview_create(token, inputs)
    lines = str(refused.value).splitlines()
    assert lines[0].startswith(f"{subject} {namespace}/")
    assert any(line.strip().startswith(f"{path}:") for line in lines[1:]), refused.value


def test_every_invalid_field_is_listed(resources: Resources, namespace: str) -> None:
    inputs = deployment(namespace)
    inputs.value["spec"]["replicas"] = -1
    inputs.value["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    with pytest.raises(RefusedError) as refused:
        resources.preview_create(DEPLOYMENT, inputs)
    text = str(refused.value)
    assert "  spec.replicas: Invalid value: -1" in text
    assert "  spec.template.metadata.labels: " in text


def test_an_immutable_field_is_refused_in_the_preview_with_the_fix(resources: Resources, namespace: str) -> None:
    identifier, created = resources.create(DEPLOYMENT, deployment(namespace), 0)
    wanted = deployment(namespace)
    wanted.value["spec"]["selector"]["matchLabels"]["app"] = "other"
    wanted.value["spec"]["template"]["metadata"]["labels"]["app"] = "other"
    with pytest.raises(RefusedError, match="replace_on_changes"):
        resources.preview_update(DEPLOYMENT, identifier, created, wanted, [])


@pytest.mark.parametrize("policy", ["background", "orphan"])
def test_dependents_go_or_stay_as_the_propagation_policy_says(
    cluster: Cluster, resources: Resources, namespace: str, policy: str
) -> None:
    chosen = deployment(namespace, annotations={"pulumi.com/deletionPropagationPolicy": policy})
    identifier, created = resources.create(DEPLOYMENT, chosen, 0)
    path = f"/apis/apps/v1/namespaces/{namespace}/replicasets"
    _until(lambda: _names(cluster, path))
    resources.delete(DEPLOYMENT, identifier, created, 30)
    if policy == "background":
        _until(lambda: not _names(cluster, path))
    else:
        time.sleep(1)
        assert _names(cluster, path)


def _names(cluster: Cluster, path: str) -> list[str]:
    return [item["metadata"]["name"] for item in cluster._api.request("GET", path)[1]["items"]]


def _until(condition: Any) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in 20 s"
        time.sleep(0.1)


def test_no_value_of_a_secret_is_in_a_refusal(resources: Resources, namespace: str) -> None:
    value = "correct-horse-battery-staple"
    inputs = Properties(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "s", "namespace": namespace},
            "type": "kubernetes.io/dockerconfigjson",
            "stringData": {".dockerconfigjson": value},
        },
        {("stringData",)},
    )
    with pytest.raises(RefusedError) as refused:
        resources.preview_create(SECRET, inputs)
    assert value not in str(refused.value)
    assert base64.b64encode(value.encode()).decode() not in str(refused.value)
    assert "dockerconfigjson" in str(refused.value)


def test_text_of_a_secret_that_changed_in_the_cluster_is_drift(
    cluster: Cluster, resources: Resources, namespace: str
) -> None:
    inputs = Properties(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "s", "namespace": namespace},
            "stringData": {"a": "one"},
        }
    )
    identifier, created = resources.create(SECRET, inputs, 0)
    unchanged = resources.read(SECRET, identifier, created, inputs.value)
    assert unchanged is not None
    assert unchanged[2] == inputs.value
    force = {"annotations": {"pulumi.com/patchForce": "true"}}
    identity = Identity("v1", "Secret", namespace, "s")
    other = {"metadata": force, "data": {"a": base64.b64encode(b"two").decode()}}
    cluster.update(identity, other, "kubectl", [], Waiting(Messages(), "", 5, threading.Event()))
    drifted = resources.read(SECRET, identifier, created, inputs.value)
    assert drifted is not None
    assert drifted[2]["stringData"] == {"a": "two"}


def test_an_import_gives_the_inputs_that_make_the_same_object(resources: Resources, namespace: str) -> None:
    _, created = resources.create(CONFIG_MAP, config_map(namespace, labels={"a": "b"}), 0)
    found = resources.read(CONFIG_MAP, f"{namespace}/settings", {}, None)
    assert found is not None
    assert found[2] == config_map(namespace, labels={"a": "b"}).value
    assert found[1]["metadata"]["uid"] == created["metadata"]["uid"]


def test_waiting_can_be_turned_off_for_one_object(resources: Resources, group: str) -> None:
    blocked = definition("Thing", group)
    blocked.value["metadata"]["annotations"] = {"pulumi.com/skipAwait": "true"}
    _, created = resources.create(DEFINITION, blocked, 0)
    assert created["metadata"]["name"] == f"things.{group}"


def test_a_stopped_run_ends_a_wait_in_the_cluster(cluster: Cluster, namespace: str) -> None:
    stopped = threading.Event()
    resources = Resources(cluster, Messages(), stopped)
    identifier, created = resources.create(CONFIG_MAP, config_map(namespace, finalizers=["example.org/keep"]), 0)
    threading.Timer(0.5, stopped.set).start()
    with pytest.raises(WaitError, match="the run was stopped"):
        resources.delete(CONFIG_MAP, identifier, created, 60)
    resources.update(CONFIG_MAP, identifier, created, config_map(namespace), [], 0)
