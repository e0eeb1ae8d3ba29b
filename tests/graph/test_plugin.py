"""The schema of the component provider: what programs in other languages see."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, is_typeddict

import pytest
from pulumi.provider.experimental.util import camel_case

import dbaas_components
from dbaas_components import DatabaseTopologyArgs, ManagedDatabase, ManagedDatabaseArgs
from dbaas_components.databases.managed import DatabaseOutputs
from dbaas_components.dr.topology.arguments import RegionArgs
from dbaas_components.dr.topology.component import TopologyOutputs
from dbaas_components.errors import SpecError
from dbaas_components.evaluate import evaluate

pytestmark = pytest.mark.slow

PLUGIN = Path(__file__).resolve().parents[2] / "plugin"


@pytest.fixture(scope="module")
def plugin() -> Iterator[Any]:
    found = importlib.util.spec_from_file_location("dbaas_plugin", PLUGIN / "__main__.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    with pytest.MonkeyPatch.context() as patch:
        # Its own folder, as Python has it for a script.
        patch.syspath_prepend(str(PLUGIN))
        found.loader.exec_module(module)
        yield module
    for name in ("analysis", "topology"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def schema(plugin: Any) -> dict[str, Any]:
    return json.loads(plugin.make_provider().schema)


PUBLIC = {name for name in dbaas_components.__all__ if f"{name}Args" in dbaas_components.__all__}
"""The public components."""


def test_the_package_has_the_token_that_the_components_register_themselves_with(schema: dict[str, Any]) -> None:
    assert set(schema["resources"]) == {f"dbaas:index:{name}" for name in PUBLIC}
    assert all(one["isComponent"] for one in schema["resources"].values())


def test_every_argument_and_output_of_a_database_is_there(schema: dict[str, Any]) -> None:
    described = schema["resources"]["dbaas:index:ManagedDatabase"]
    assert set(described["inputProperties"]) == {camel_case(name) for name in ManagedDatabaseArgs.__annotations__}
    assert described["requiredInputs"] == ["engine", "namespace"]
    assert set(described["properties"]) == {camel_case(name) for name in DatabaseOutputs.__annotations__}
    assert issubclass(ManagedDatabase, DatabaseOutputs)


def test_every_type_that_is_named_is_there(schema: dict[str, Any]) -> None:
    named = {one for one in _references(schema) if one.startswith("#/types/")}
    assert named == {f"#/types/{name}" for name in schema["types"]}


OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
ISSUERS = ("Issuer", "PmmIssuer", "VaultIssuer")
_POSTGRES = {"host": "pg", "user": "u", "database": "d", "password": {"secret": "s", "key": "k"}, "ssl_mode": "wrong"}
_TOKEN = {"namespace": "shop", "database": "orders", "engine": "pxc", "store": "wrong"}
_KMS = {"aws_kms": {"key": "alias/vault", "region": "eu-west-1"}, "recovery_keys": "plain_in_a_secret"}
_RULE = {"path": "secret/a", "capabilities": ["wrong"]}
_ROLE = {"name": "a", "service_accounts": ["shop/a"], "rules": [_RULE]}
REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "Namespaces",
        {"namespaces": [{"name": "a", "security": "wrong"}]},
        "namespaces[0].security",
        "baseline, privileged or restricted",
    ),
    ("ExternalSecrets", {"definitions": "wrong"}, "definitions", "apart or chart"),
    ("Operators", {"log_level": "wrong"}, "log_level", "DEBUG, ERROR or INFO"),
    ("Coroot", {"admin_from": "wrong"}, "admin_from", "existing, external_secrets or job"),
    ("Coroot", {"postgres": _POSTGRES}, "postgres.ssl_mode", "disable, require, verify-ca or verify-full"),
    ("Pmm", {"admin_from": "wrong"}, "admin_from", "existing, external_secrets or job"),
    ("Pmm", {"certificate": "wrong"}, "certificate", "cert_manager or self_signed"),
    ("Pmm", {"service": "wrong"}, "service", "internal or load_balancer"),
    ("Pmm", {"issuer": {"kind": "wrong"}}, "issuer.kind", "ClusterIssuer or Issuer"),
    (
        "PmmTokens",
        {"server": "https://pmm", "consumers": [{**_TOKEN, "store": "both", "engine": "wrong"}]},
        "consumers[0].engine",
        "pg, ps, psmdb or pxc",
    ),
    ("PmmTokens", {"server": "https://pmm", "consumers": [_TOKEN]}, "consumers[0].store", "both, secret or vault"),
    ("Vault", {"seal": _KMS, "software": "wrong"}, "software", "openbao or vault"),
    ("Vault", {"seal": _KMS, "issuer": {"kind": "wrong"}}, "issuer.kind", "ClusterIssuer or Issuer"),
    ("Vault", {"seal": {"shamir": "wrong"}}, "seal.shamir", "keys_kept_in_a_secret"),
    ("Vault", {"seal": {**_KMS, "recovery_keys": "wrong"}}, "seal.recovery_keys", "plain_in_a_secret"),
    (
        "Vault",
        {"seal": _KMS, "consumers": {"roles": [_ROLE]}},
        "consumers.roles[0].rules[0].capabilities[0]",
        "create, delete, list, patch, read or update",
    ),
    (
        "Vault",
        {"seal": _KMS, "consumers": {"keys": [{"namespace": "a", "database": "b", "engine": "wrong"}]}},
        "consumers.keys[0].engine",
        "ps, psmdb or pxc",
    ),
]
"""For each field that chooses between words, arguments with another one, where it is, and what is allowed."""

PLATFORM = {
    *("cloud", "namespaces", "certManager", "certificateAuthority", "namespaceIssuers", "externalSecrets"),
    *("secretStore", "operators", "pmm", "pmmTokens", "coroot", "vault", "claimLabels", "monitoring", "fleetAlerts"),
    *("dashboards", "portworx", "restoreSecrets", "encryption"),
}
OPEN = {
    "BackupBucket": {"tenants", "replication", "extraRules", "storages"},
    "Coroot": {"tolerations"},
    "DatabaseAlerts": {"database", "thresholds"},
    "DatabaseTopology": {"database", "clusterSet", "lagLimit", "trust", "traffic", "sites", "roles", "record"},
    "FailoverAgent": {"topology", "lag"},
    "ManagedDatabase": {"parameters", "overrides"},
    "Operators": {"tolerations", "identities"},
    "Platform": PLATFORM,
    "Pmm": {"tolerations"},
    "Portworx": {"cloud", "databases", "schedules", "growth", "snapshots", "applicationBackups", "migrations"},
    "Proxy": {"parameters"},
    "RestoreSecrets": {"databases"},
    "RestoredSecrets": {"databases"},
    "StorageTiers": {"cloud"},
    "TopologyRegion": {"database", "exposure", "store", "seed"},
    "Vault": {"tolerations", "encryption"},
}
"""Fields of any type, by component or part: mappings of mappings, and what takes numbers and texts alike."""


def test_the_fields_of_any_type_are_known_and_written_down(schema: dict[str, Any]) -> None:
    loose: dict[str, set[str]] = {}
    for token, described in {**schema["resources"], **schema["types"]}.items():
        fields = [*described.get("inputProperties", {}).items(), *described["properties"].items()]
        found = {name for name, field in fields if "pulumi.json#/Any" in json.dumps(field)}
        if found:
            loose[token.rsplit(":", 1)[1]] = found
    parts_of_databases = {name for fields in loose.values() for name in fields} & PARTS
    assert parts_of_databases == PARTS
    assert {owner: fields - PARTS for owner, fields in loose.items() if fields - PARTS} == OPEN
    guide = (PLUGIN.parent / "docs" / "plugin.md").read_text()
    for owner in OPEN.keys() & PUBLIC - {"Platform"}:
        assert all(
            f"`{name}`" in guide for name in OPEN[owner] - {"storages", "sites", "roles", "record", "encryption"}
        ), owner
    inputs = schema["resources"]["dbaas:index:Platform"]["inputProperties"].keys()
    described = [f"`{name}`" for name in sorted(inputs - PLATFORM)]
    assert f"| `Platform` | all but {', '.join(described[:-1])} and {described[-1]} |" in guide


PARTS = {"memoryLimit", "configParameters", "nodes"}


def test_a_field_that_chooses_between_words_is_text_that_names_them(schema: dict[str, Any]) -> None:
    field = schema["types"]["dbaas:index:Namespace"]["properties"]["security"]
    assert field["type"] == "string"
    assert field["description"].endswith("One of `restricted`, `baseline`, `privileged`.")


@pytest.mark.parametrize(("component", "arguments", "path", "words"), REFUSED, ids=lambda one: str(one)[:30])
def test_a_word_that_is_no_choice_is_refused_in_one_sentence(
    plugin: Any, component: str, arguments: dict[str, Any], path: str, words: str
) -> None:
    (kind,) = [one for one in plugin.COMPONENTS if one.__name__ == component]

    def program() -> None:
        kind("one", {"ownership": OWNERSHIP, **arguments})

    with pytest.raises(SpecError) as refused:
        evaluate(program)
    (problem,) = refused.value.problems
    assert problem.path == path
    assert '"wrong"' in problem.message or "(not shown, because it may be a secret)" in problem.message
    assert f"choose {words}" in problem.message


def test_those_are_all_fields_that_choose_between_words(plugin: Any) -> None:
    chosen = {
        (component.__name__, path.removesuffix("[0]"))
        for component in plugin.COMPONENTS
        for path in _choices(inspect.get_annotations(component.__init__)["args"])
    }
    assert chosen == {(component, re.sub(r"\[\d+]", "", path)) for component, _, path, _ in REFUSED}


def test_every_field_says_what_it_means(schema: dict[str, Any]) -> None:
    silent = [
        (token, name)
        for token, described in {**schema["resources"], **schema["types"]}.items()
        for name, field in [*described.get("inputProperties", {}).items(), *described["properties"].items()]
        if not field.get("description")
    ]
    assert silent == []


def test_parts_of_one_name_keep_their_own_descriptions(schema: dict[str, Any]) -> None:
    said = {name: schema["types"][f"dbaas:index:{name}"]["properties"]["kind"]["description"] for name in ISSUERS}
    assert "in PMM's namespace" in said["PmmIssuer"]
    assert "in Vault's namespace" in said["VaultIssuer"]
    assert len(set(said.values())) == len(ISSUERS)


def test_a_topology_takes_what_the_python_one_takes_with_kubeconfigs_for_providers(
    schema: dict[str, Any],
) -> None:
    described = schema["resources"]["dbaas:index:DatabaseTopology"]
    own = set(DatabaseTopologyArgs.__annotations__) - {"traffic_provider"} | {"kubeconfigs"}
    assert set(described["inputProperties"]) == {camel_case(name) for name in own}
    region = schema["types"]["dbaas:index:TopologyRegion"]["properties"]
    own = set(RegionArgs.__annotations__) - {"provider", "depends_on"} | {"context"}
    assert set(region) == {camel_case(name) for name in own}
    assert set(described["properties"]) == {camel_case(name) for name in TopologyOutputs.__annotations__}


def test_no_type_is_called_args_since_generators_add_that(schema: dict[str, Any]) -> None:
    assert "dbaas:index:Storage" in schema["types"]
    assert not [token for token in schema["types"] if token.endswith("Args")]


def test_go_gets_the_types_of_items_too_which_its_generator_leaves_out_unasked(schema: dict[str, Any]) -> None:
    assert schema["language"]["go"] == {"generateExtraInputTypes": True}


def test_whole_numbers_of_the_wire_are_integers_again(plugin: Any) -> None:
    found = plugin.whole_numbers({"a": 3.0, "b": [1.0, 1.5, {"c": 2.0}], "d": True, "e": "7.0"})
    assert repr(found) == "{'a': 3, 'b': [1, 1.5, {'c': 2}], 'd': True, 'e': '7.0'}"


def test_mappings_of_the_wire_are_in_the_order_of_their_keys(plugin: Any) -> None:
    assert list(plugin.whole_numbers({"regions": {"us": {}, "ap": {}, "eu": {}}})["regions"]) == ["ap", "eu", "us"]


def _choices(part: Any, path: str = "") -> Iterator[str]:
    """The paths of the fields of arguments that choose between words."""
    for name, annotation in inspect.get_annotations(part).items():
        here = f"{path}.{name}" if path else name
        for one in _within(annotation):
            if get_origin(one) is Literal:
                yield here
            elif is_typeddict(one):
                yield from _choices(one, here)


def _within(annotation: Any) -> Iterator[Any]:
    yield annotation
    if get_origin(annotation) is not Literal:
        for argument in get_args(annotation):
            yield from _within(argument)


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for one in value.values() for found in _references(one)]
    return [found for one in value for found in _references(one)] if isinstance(value, list) else []
