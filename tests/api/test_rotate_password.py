"""Rotating a password on a real API server: one key of one Secret changes, and nobody gets to see the value."""

from __future__ import annotations

import base64
import logging
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client, config
from typer.testing import CliRunner, Result

from dbaas_components import SpecError
from dbaas_components.cli import app as cli
from dbaas_components.databases import rotation
from dbaas_components.databases.custom_resources.definitions import stand_in_definition
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.rotation import LENGTH, new_password, password_of, rotate_password
from dbaas_components.databases.spec import DatabaseSpec, parse_database
from embedded.control_plane import ControlPlane, Running
from tests.api.objects import ApiServer

pytestmark = pytest.mark.api

RUNNING = Path(__file__).resolve().parents[1] / "unit" / "running"
USERS = {"pxc": "root", "ps": "root", "psmdb": "databaseAdmin", "pg": "orders"}


@pytest.fixture
def api(control_plane: Running) -> client.ApiClient:
    return config.new_client_from_config(config_file=str(control_plane.kubeconfig))


@pytest.fixture
def namespace(api: client.ApiClient) -> str:
    name = f"rotate-{uuid.uuid4().hex[:8]}"
    client.CoreV1Api(api).create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=name)))
    return name


def database(engine: str, namespace: str, **args: Any) -> DatabaseSpec:
    return parse_database("orders", {"engine": engine, "namespace": namespace, **args})


def make_secret(api: client.ApiClient, namespace: str, name: str, keys: list[str], **metadata: Any) -> dict[str, Any]:
    """A Secret with a value for each key, and an annotation and a label that are not to be touched."""
    data: dict[str, Any] = {key: base64.b64encode(f"old {key}".encode()).decode() for key in keys}
    metadata = {"annotations": {"percona.com/hash": "1"}, "labels": {"app": "x"}, **metadata}
    body = client.V1Secret(metadata=client.V1ObjectMeta(name=name, **metadata), data=data)
    client.CoreV1Api(api).create_namespaced_secret(namespace, body)
    return data


def read(api: client.ApiClient, namespace: str, name: str) -> Any:
    return client.CoreV1Api(api).read_namespaced_secret(name, namespace)


@pytest.mark.parametrize("engine", ENGINES)
def test_exactly_one_key_of_the_users_secret_changes(api: client.ApiClient, namespace: str, engine: str) -> None:
    spec = database(engine, namespace)
    users = ENGINES[engine].system_users(spec)
    before = make_secret(api, namespace, users.secret, list(users.keys))
    metadata = read(api, namespace, users.secret).metadata
    rotated = rotate_password(api, spec, USERS[engine])
    after = read(api, namespace, users.secret)
    assert {key for key in before if after.data[key] != before[key]} == {rotated.key}
    assert set(after.data) == set(before)
    assert (after.metadata.labels, after.metadata.annotations) == (metadata.labels, metadata.annotations)
    assert rotated.secret == f"{namespace}/{users.secret}"
    # PostgreSQL's operator makes password and verifier together, once the password is empty.
    value = base64.b64decode(after.data[rotated.key]).decode()
    assert (len(value) == LENGTH) is not rotated.made_by_operator
    assert rotated.made_by_operator is (engine == "pg")


@pytest.mark.parametrize(
    ("engine", "user", "secret", "key"),
    [
        ("pxc", {"name": "app"}, "orders-custom-user-secret", "app"),
        ("psmdb", {"name": "app", "roles": [{"name": "read", "database": "a"}]}, "orders-custom-user-secret", "app"),
        ("pxc", {"name": "app", "password": {"secret": "mine", "key": "pass"}}, "mine", "pass"),
        ("pg", {"name": "app"}, "orders-pguser-app", "password"),
        ("pg", {"name": "app", "secret": "mine"}, "mine", "password"),
    ],
)
def test_an_applications_user_is_found_where_its_operator_keeps_it(
    api: client.ApiClient, namespace: str, engine: str, user: dict[str, Any], secret: str, key: str
) -> None:
    before = make_secret(api, namespace, secret, [key, "other"])
    rotate_password(api, database(engine, namespace, users=[user]), "app")
    after = read(api, namespace, secret).data
    assert {name for name in before if after[name] != before[name]} == {key}


def test_who_is_faster_meanwhile_loses_nothing(
    api: client.ApiClient, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = make_secret(api, namespace, "orders-secrets", ["root", "monitor"])
    reads: list[str] = []
    original = client.CoreV1Api.read_namespaced_secret

    def overtaken(self: client.CoreV1Api, *args: Any, **kwargs: Any) -> Any:
        found: Any = original(self, *args, **kwargs)
        reads.append(found.metadata.resource_version)
        if len(reads) <= 2:
            value = base64.b64encode(f"operator {len(reads)}".encode()).decode()
            client.CoreV1Api(api).patch_namespaced_secret("orders-secrets", namespace, {"data": {"monitor": value}})
        return found

    monkeypatch.setattr(client.CoreV1Api, "read_namespaced_secret", overtaken)
    rotate_password(api, database("pxc", namespace), "root")
    monkeypatch.undo()
    after = read(api, namespace, "orders-secrets").data
    assert len(set(reads)) == 3
    assert base64.b64decode(after["monitor"]) == b"operator 2"
    assert after["root"] != before["root"]


def test_who_is_always_faster_is_told_at_last(
    api: client.ApiClient, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = make_secret(api, namespace, "orders-secrets", ["root", "monitor"])
    original = client.CoreV1Api.read_namespaced_secret

    def overtaken(self: client.CoreV1Api, *args: Any, **kwargs: Any) -> Any:
        found = original(self, *args, **kwargs)
        value = base64.b64encode(uuid.uuid4().bytes).decode()
        client.CoreV1Api(api).patch_namespaced_secret("orders-secrets", namespace, {"data": {"monitor": value}})
        return found

    monkeypatch.setattr(client.CoreV1Api, "read_namespaced_secret", overtaken)
    with pytest.raises(SpecError, match="changes it faster than it can be read"):
        rotate_password(api, database("pxc", namespace), "root")
    monkeypatch.undo()
    assert read(api, namespace, "orders-secrets").data["root"] == before["root"]


@pytest.mark.parametrize(
    "mark",
    [
        {"labels": {"reconcile.external-secrets.io/managed": "true"}},
        {"annotations": {"reconcile.external-secrets.io/data-hash": "1"}},
        {
            "owner_references": [
                client.V1OwnerReference(
                    api_version="external-secrets.io/v1", kind="ExternalSecret", name="x", uid=str(uuid.uuid4())
                )
            ]
        },
    ],
    ids=["label", "annotation", "owner"],
)
def test_what_comes_from_a_store_is_refused(api: client.ApiClient, namespace: str, mark: dict[str, Any]) -> None:
    before = make_secret(api, namespace, "orders-secrets", ["root"], **mark)
    with pytest.raises(SpecError, match=f"rotate it there: ExternalSecret {namespace}/orders-secrets says where"):
        rotate_password(api, database("pxc", namespace), "root")
    # Kubernetes' garbage collector takes what an owner that never was has left behind.
    if "owner_references" not in mark:
        assert read(api, namespace, "orders-secrets").data == before


def test_users_secrets_and_keys_that_are_not_there_are_refused_by_name(api: client.ApiClient, namespace: str) -> None:
    spec = database("pxc", namespace)
    with pytest.raises(SpecError, match=r'"boss" is not a user .* choose monitor, operator, .*root or xtrabackup'):
        rotate_password(api, spec, "boss")
    with pytest.raises(SpecError, match=f"Secret {namespace}/orders-secrets: is not there"):
        rotate_password(api, spec, "root")
    make_secret(api, namespace, "orders-secrets", ["monitor"])
    with pytest.raises(SpecError, match='has no key "root"'):
        rotate_password(api, spec, "root")


def test_an_immutable_secret_is_refused(api: client.ApiClient, namespace: str) -> None:
    body = client.V1Secret(
        metadata=client.V1ObjectMeta(name="orders-secrets"), immutable=True, string_data={"root": "x"}
    )
    client.CoreV1Api(api).create_namespaced_secret(namespace, body)
    with pytest.raises(SpecError, match="is immutable"):
        rotate_password(api, database("pxc", namespace), "root")


def test_a_password_has_every_kind_of_character_and_no_two_are_alike() -> None:
    made = [new_password() for _ in range(500)]
    assert len(set(made)) == 500
    for password in made:
        assert len(password) == LENGTH <= 32
        assert password[0].isalpha()
        assert any(one.islower() for one in password)
        assert any(one.isupper() for one in password)
        assert any(one.isdigit() for one in password)
        assert any(one in "-_." for one in password)
        assert all(one.isalnum() or one in "-_." for one in password)


def test_no_token_and_no_user_name_is_taken_for_a_password() -> None:
    pmm = {"pmm": {"server": "pmm.example.com"}}
    for engine in ("pxc", "ps", "psmdb"):
        spec = database(engine, "shop", observability=pmm, credentials={"secret": "made-by-hand"})
        keys = {password_of(spec, user).key for user in ENGINES[engine].passwords(spec)}
        assert not {key for key in keys if "token" in key.lower() or key.endswith("_USER")}
        assert keys < set(ENGINES[engine].system_users(spec).keys)


# The command


def dbaas(*arguments: str) -> Result:
    return CliRunner().invoke(cli.build_app(), list(arguments))


@pytest.fixture
def project(tmp_path: Path, namespace: str, control_plane: Running, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(
        "import pulumi, pulumi_kubernetes\n"
        "from dbaas_components import ManagedDatabase\n"
        f"cluster = pulumi_kubernetes.Provider('eu', kubeconfig={str(control_plane.kubeconfig)!r})\n"
        f"ManagedDatabase('orders', {{'engine': 'pxc', 'namespace': {namespace!r}}},"
        " pulumi.ResourceOptions(providers=[cluster]))\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "another"))
    return tmp_path


def test_the_command_finds_database_and_cluster_in_the_stack_and_never_shows_the_value(
    api: client.ApiClient,
    namespace: str,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_secret(api, namespace, "orders-secrets", ["root", "monitor"])
    made: list[str] = []
    monkeypatch.setattr(rotation, "new_password", lambda: made.append(new_password()) or made[-1])
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("kubernetes").setLevel(logging.INFO)
        result = dbaas("rotate-password", "orders", "--user", "root")
    assert result.exit_code == 0, result.output
    (value,) = made
    assert base64.b64decode(read(api, namespace, "orders-secrets").data["root"]).decode() == value
    encoded = base64.b64encode(value.encode()).decode()
    for text in (result.output, result.stderr, caplog.text, *(path.read_text() for path in project.iterdir())):
        assert value not in text
        assert encoded not in text
    assert f"key root of Secret {namespace}/orders-secrets has a new value" in result.output


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["orders", "--user", "boss"], 1, "choose monitor, operator"),
        (["ordres", "--user", "root"], 1, 'did you mean "orders"?'),
        (["orders", "--user", "root"], 1, "orders-secrets: is not there"),
        (["orders", "--user", "root", "--stack", "dev", "--namespace", "x"], 2, "either --stack or --namespace"),
        (["orders"], 2, "--user"),
    ],
)
def test_what_cannot_be_rotated_is_refused_in_words(project: Path, arguments: list[str], code: int, said: str) -> None:
    result = dbaas("rotate-password", *arguments)
    assert result.exit_code == code, result.output
    assert said in " ".join(result.stderr.replace("│", " ").split())
    assert isinstance(result.exception, SystemExit)


def test_a_database_is_found_by_its_namespace_and_a_store_names_the_place(
    new_control_plane: Callable[[str], ControlPlane], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = new_control_plane("rotation").start()
    server = ApiServer(running.kubeconfig)
    names = {"group": "external-secrets.io", "plural": "externalsecrets", "kind": "ExternalSecret"}
    # What stands in the objects is for others to judge.
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    database = stand_in_definition(ENGINES["pxc"])
    database["spec"]["versions"][0]["schema"] = schema
    external = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names['plural']}.{names['group']}"},
        "spec": {
            "group": names["group"],
            "scope": "Namespaced",
            "names": {"plural": names["plural"], "singular": "externalsecret", "kind": names["kind"]},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }
    # Of the four engines only one is installed here: that of the others is no error.
    server.install([database, external])
    api = config.new_client_from_config(config_file=str(running.kubeconfig))
    custom = client.CustomObjectsApi(api)
    client.CoreV1Api(api).create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name="finance")))
    manifest = yaml.safe_load((RUNNING / "pxc.yaml").read_text())
    manifest["metadata"] = {"name": "billing", "namespace": "finance"}
    custom.create_namespaced_custom_object("pxc.percona.com", "v1", "finance", "perconaxtradbclusters", manifest)
    make_secret(api, "finance", "billing-passwords", ["root", "operator"])
    arguments = ["--namespace", "finance", "--kubeconfig", str(running.kubeconfig)]

    for word in ("billing", "pxc/billing"):
        before = read(api, "finance", "billing-passwords").data
        result = dbaas("rotate-password", word, "--user", "root", *arguments)
        assert result.exit_code == 0, result.output
        after = read(api, "finance", "billing-passwords").data
        assert {key for key in before if before[key] != after[key]} == {"root"}
    assert "is not there, in any engine" in dbaas("rotate-password", "other", "--user", "root", *arguments).stderr

    remote = {"key": "finance/billing/credentials", "property": "root"}
    custom.create_namespaced_custom_object(
        names["group"],
        "v1",
        "finance",
        names["plural"],
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ExternalSecret",
            "metadata": {"name": "billing-passwords"},
            "spec": {
                "secretStoreRef": {"kind": "ClusterSecretStore", "name": "vault"},
                "data": [{"secretKey": "root", "remoteRef": remote}],
            },
        },
    )
    label = {"metadata": {"labels": {"reconcile.external-secrets.io/managed": "true"}}}
    client.CoreV1Api(api).patch_namespaced_secret("billing-passwords", "finance", label)
    result = dbaas("rotate-password", "billing", "--user", "root", *arguments)
    assert result.exit_code == 1
    place = "ClusterSecretStore vault, finance/billing/credentials property root"
    assert f"comes from a store, by External Secrets; rotate it there: {place}" in result.stderr
