"""Adopting a running database: what is printed re-creates it exactly, whatever stands in its custom resource."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from dbaas_components import SpecError
from dbaas_components.cli import app as cli
from dbaas_components.databases.adoption import Adoption, adopt, adopted_part
from dbaas_components.databases.adoption_arguments import accepted_arguments, without_defaults
from dbaas_components.databases.adoption_program import program_text, settings_text
from dbaas_components.databases.composition import compose
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.live import engine_of_word
from dbaas_components.databases.overrides import merged_manifest, override_paths, overrides_between
from dbaas_components.databases.spec import parse_database
from dbaas_components.evaluate import evaluate
from tests.strategies import arguments, space_of

pytestmark = pytest.mark.slow

RUNNING = Path(__file__).parent / "running"
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example)
# Shares of the fields of tests/unit/running that have words in the specification. They may rise, never fall.
LEAST_SHARES = {"pxc": 0.78, "ps": 0.80, "psmdb": 0.81, "pg": 0.79}


X2 = {"name": "x", "v": 2}


def running(engine: str) -> dict[str, Any]:
    return yaml.safe_load((RUNNING / f"{engine}.yaml").read_text())


def recreated(adoption: Adoption) -> dict[str, Any]:
    """The custom resource that the arguments make."""
    args = dict(adoption.arguments)
    overrides = args.pop("overrides", {})
    return merged_manifest(compose(parse_database(adoption.name, args)).database, overrides)


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


# Overrides by Kubernetes' rules, and back


def values() -> st.SearchStrategy[Any]:
    leaves = st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "1"]) | st.just(1.5)
    named = st.fixed_dictionaries({"name": st.sampled_from("abc")}, optional={"v": leaves})
    return st.recursive(
        leaves,
        lambda inner: (
            st.dictionaries(st.sampled_from(["a", "b", "c", "name"]), inner, max_size=3)
            | st.lists(inner, max_size=3)
            | st.lists(named, max_size=4)
        ),
        max_leaves=12,
    )


def mappings() -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from("abcd"), values(), max_size=4)


@settings(max_examples=1_000, deadline=None)
@given(before=mappings(), wanted=mappings())
@example(before={"a": [{"name": "b"}, {"name": "b"}]}, wanted={"a": [{"name": "b"}]})
def test_overrides_between_two_objects_make_the_one_of_the_other(
    before: dict[str, Any], wanted: dict[str, Any]
) -> None:
    overrides = overrides_between(before, wanted)
    # As text, because `true` and 1 are one value in Python and two in JSON.
    assert json.dumps(merged_manifest(before, overrides), sort_keys=True) == json.dumps(wanted, sort_keys=True)
    if before == wanted and json.dumps(before) == json.dumps(wanted):
        assert overrides == {}


@pytest.mark.parametrize(
    ("before", "overrides", "after"),
    [
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": [{"name": "x", "v": 1}, {"name": "y"}]}, {"a": [{"name": "x", "v": 2}]}, {"a": [X2, {"name": "y"}]}),
        ({"a": [{"name": "x"}, {"name": "y"}]}, {"a": [{"name": "x", "$patch": "delete"}]}, {"a": [{"name": "y"}]}),
        ({"a": [{"name": "x"}]}, {"a": [{"$patch": "replace"}, {"name": "y"}]}, {"a": [{"name": "y"}]}),
        ({}, {"a": [{"name": "x", "$patch": "delete"}, {"name": "y"}]}, {"a": [{"name": "y"}]}),
        ({}, {"a": {"b": None}}, {"a": {}}),
    ],
)  # fmt: skip
def test_overrides_merge_by_kubernetes_rules(
    before: dict[str, Any], overrides: dict[str, Any], after: dict[str, Any]
) -> None:
    assert merged_manifest(before, overrides) == after


def test_merging_changes_neither_the_manifest_nor_the_overrides() -> None:
    before, overrides = {"a": [{"name": "x", "v": [1]}]}, {"a": [{"name": "x", "w": {"z": []}}]}
    copies = copy.deepcopy((before, overrides))
    merged_manifest(before, overrides)["a"][0]["w"]["z"].append(1)
    assert (before, overrides) == copies


# Running custom resources


@pytest.mark.parametrize("engine", ENGINES)
def test_a_custom_resource_written_by_hand_is_recreated_to_the_last_field(engine: str) -> None:
    manifest = running(engine)
    adoption = adopt(manifest)
    expected = {key: value for key, value in manifest.items() if key != "status"}
    expected["metadata"] = {
        key: value
        for key, value in manifest["metadata"].items()
        if key in {"name", "namespace", "labels", "annotations", "finalizers"}
    }
    notes = ("kubectl.kubernetes.io/", "pgv2.percona.com/")
    annotations = expected["metadata"].get("annotations", {})
    expected["metadata"]["annotations"] = {k: v for k, v in annotations.items() if not k.startswith(notes)}
    expected["metadata"]["finalizers"] = [
        one for one in expected["metadata"]["finalizers"] if not one.startswith("internal.")
    ]
    if not expected["metadata"]["annotations"]:
        del expected["metadata"]["annotations"]
    assert recreated(adoption) == expected
    assert adoption.manifest == expected
    assert adoption.others == ()


@pytest.mark.parametrize("engine", ENGINES)
def test_most_fields_of_a_custom_resource_written_by_hand_have_words(engine: str) -> None:
    adoption = adopt(running(engine))
    told = f"{engine}: {adoption.share:.0%} of {adoption.fields}; outside: {', '.join(adoption.outside)}"
    print(told)
    assert adoption.fields > 100
    assert adoption.share >= LEAST_SHARES[engine], told


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_adopted_is_protected_and_keeps_its_labels(engine: str) -> None:
    adoption = adopt(running(engine))
    spec = parse_database(adoption.name, {k: v for k, v in adoption.arguments.items() if k != "overrides"})
    assert spec.deletion_protection
    assert not spec.platform_labels
    assert spec.adopt
    assert adoption.import_id == f"{spec.namespace}/{spec.name}"
    row = ENGINES[engine]
    assert adoption.resource_type == f"kubernetes:{row.api_version}:{row.kind}"


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=12, deadline=None, suppress_health_check=SLOW)
@given(data=st.data())
def test_what_we_rendered_is_recreated_after_any_change_to_it(engine: str, data: st.DataObject) -> None:
    args = data.draw(arguments(space_of(engine), without=("overrides", "data_source")))
    try:
        manifest = plain(compose(parse_database("orders", args)).database)
    except SpecError:
        assume(False)
        raise
    for _ in range(data.draw(st.integers(0, 6))):
        _change(data, manifest["spec"])
    adoption = adopt(manifest)
    assert recreated(adoption) == adopted_part(manifest)


def _change(data: st.DataObject, spec: dict[str, Any]) -> None:
    """Changes one place of a specification: another kind of value, a field less or more, a list in another order."""
    here: Any = spec
    key: Any = data.draw(st.sampled_from(sorted(here)))
    while isinstance(here[key], dict | list) and here[key] and data.draw(st.integers(0, 4)):
        here = here[key]
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
    kind = data.draw(st.sampled_from(["value", "less", "more", "order", "twice"]))
    if kind == "less":
        del here[key]
    elif kind == "more" and isinstance(here, dict):
        here["anotherField"] = data.draw(values().filter(lambda value: not _holds_null(value)))
    elif kind in {"order", "twice"} and isinstance(here[key], list):
        here[key] = here[key][::-1] if kind == "order" else [*here[key], *here[key]]
    else:
        here[key] = data.draw(values())
    if not spec:
        spec["anotherField"] = 1


def _holds_null(value: Any) -> bool:
    return "null" in json.dumps(value)


def test_what_only_the_server_kubectl_and_the_operator_write_is_dropped() -> None:
    part = adopted_part(running("pg") | {"status": {"state": "ready"}})
    assert set(part) == {"apiVersion", "kind", "metadata", "spec"}
    assert part["metadata"]["annotations"] == {"contact": "storefront@example.com"}
    assert part["metadata"]["finalizers"] == ["percona.com/delete-pvc"]
    assert "uid" not in part["metadata"]


def test_a_null_is_no_field() -> None:
    manifest = running("pxc")
    manifest["spec"]["pxc"]["runtimeClassName"] = None
    assert "runtimeClassName" not in adopt(manifest).manifest["spec"]["pxc"]


def test_a_size_that_is_not_allowed_stays_as_it_is_by_overrides() -> None:
    manifest = running("pxc")
    manifest["spec"]["pxc"]["size"] = 4
    adoption = adopt(manifest)
    assert adoption.arguments["overrides"]["spec"]["pxc"]["size"] == 4
    assert "spec.pxc.size" in adoption.outside


# Refused fields


def test_a_refused_field_goes_and_the_others_stay() -> None:
    given_args = {
        "engine": "pxc",
        "namespace": "shop",
        "replicas": 4,
        "storage": {"size": "100Gi", "tier": "high"},
        "users": [{"name": "app"}, {"grants": ["SELECT"]}],
        "labels": {"example.com/team": "a b", "team": "x"},
    }
    accepted, refused = accepted_arguments("orders", given_args)
    assert accepted == {
        "engine": "pxc",
        "namespace": "shop",
        "storage": {"size": "100Gi"},
        "users": [{"name": "app"}],
        "labels": {"team": "x"},
    }
    assert sorted(problem.path for problem in refused) == [
        "labels.example.com/team",
        "replicas",
        "storage.tier",
        "users[1].name",
    ]


def test_a_problem_of_a_field_that_was_not_given_takes_what_caused_it() -> None:
    # The volume is the profile's; what does not go with it is the autoscaling's end.
    accepted, refused = accepted_arguments(
        "orders", {"engine": "pxc", "namespace": "shop", "storage": {"autoscale": {"max_size": "1Gi"}}}
    )
    assert accepted == {"engine": "pxc", "namespace": "shop"}
    assert len(refused) >= 1


def test_an_identity_that_no_database_can_have_is_refused() -> None:
    manifest = running("pxc")
    manifest["metadata"]["name"] = "a-name-that-is-too-long-for-it"
    with pytest.raises(SpecError, match="shorten it to at most 22"):
        adopt(manifest)


def test_defaults_are_left_out_and_what_everyone_looks_for_stays() -> None:
    args = {
        "engine": "pg",
        "namespace": "shop",
        "version": ENGINES["pg"].versions.default,
        "profile": "standard",
        "replicas": 3,
        "storage": {"size": "50Gi"},
        "paused": False,
        "deletion_protection": True,
        "maintenance": {"wave": 100, "window": "mon 01:00-02:00"},
    }
    assert without_defaults("orders", args) == {
        key: value for key, value in args.items() if key not in {"paused", "deletion_protection", "maintenance"}
    } | {"maintenance": {"window": "mon 01:00-02:00"}}


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ({"kind": "Deployment", "apiVersion": "apps/v1"}, '"Deployment" is no database'),
        ({}, "null is no database"),
        (running("pxc") | {"apiVersion": "pxc.percona.com/v1-11-0"}, "read it as pxc.percona.com/v1"),
        (running("pxc") | {"metadata": {"name": "billing"}}, "needs name and namespace"),
    ],
)
def test_what_is_no_custom_resource_of_ours_is_refused(manifest: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        adopt(manifest)


# The text that is printed


@pytest.mark.parametrize("engine", ENGINES)
def test_the_program_registers_the_custom_resource_as_it_is_and_imports_it(engine: str, tmp_path: Path) -> None:
    adoption = adopt(running(engine))
    program = tmp_path / "__main__.py"
    program.write_text(program_text(adoption))
    assert max(map(len, program.read_text().splitlines())) <= 120 or "sidecar" in program.read_text()
    graph = evaluate(program, project="shop")
    (resource,) = [one for one in graph.resources if one.type == adoption.resource_type]
    assert resource.name == adoption.resource_name
    assert {key: value for key, value in resource.inputs.items() if key != "id"} == adoption.manifest
    assert resource.import_id == adoption.import_id
    assert resource.protect
    assert len([one for one in graph.resources if one.custom]) == 1


def test_the_program_uses_the_cluster_that_was_read(tmp_path: Path) -> None:
    program = tmp_path / "__main__.py"
    program.write_text(program_text(adopt(running("pg")), context="eu", kubeconfig="/etc/kube/config"))
    graph = evaluate(program, project="shop")
    (provider,) = [one for one in graph.resources if one.type == "pulumi:providers:kubernetes"]
    assert provider.inputs["context"] == "eu"
    (resource,) = [one for one in graph.resources if one.type.endswith("PerconaPGCluster")]
    assert resource.provider == provider.urn


@pytest.mark.parametrize("engine", ENGINES)
def test_the_settings_entry_says_the_same(engine: str) -> None:
    adoption = adopt(running(engine))
    (entry,) = yaml.safe_load(settings_text(adoption))
    assert entry.pop("name") == adoption.name
    assert entry == adoption.arguments


def dbaas(*arguments: str) -> Result:
    return CliRunner().invoke(cli.build_app(), list(arguments))


def test_a_file_is_adopted_without_a_cluster_and_the_rest_is_told_apart_from_the_program() -> None:
    result = dbaas("adopt", "--file", str(RUNNING / "pxc.yaml"))
    assert result.exit_code == 0, result.output
    compile(result.stdout, "program", "exec")
    adoption = adopt(running("pxc"))
    assert "off the paved road, by overrides: spec.vaultSecretName" in result.stderr
    assert f"of {adoption.fields} fields" in result.stderr
    assert list(override_paths(adoption.arguments["overrides"]))
    assert yaml.safe_load(dbaas("adopt", "--yaml", "--file", str(RUNNING / "pxc.yaml")).stdout)[0]["name"] == "billing"


def test_a_files_namespace_can_be_said(tmp_path: Path) -> None:
    manifest = running("pg")
    del manifest["metadata"]["namespace"]
    (tmp_path / "cr.yaml").write_text(yaml.safe_dump(manifest))
    assert dbaas("adopt", "--file", str(tmp_path / "cr.yaml")).exit_code == 1
    result = dbaas("adopt", "--file", str(tmp_path / "cr.yaml"), "--namespace", "elsewhere")
    assert '"namespace": "elsewhere"' in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["adopt"], 2, "either KIND/NAME or --file"),
        (["adopt", "pxc/a", "--file", "x"], 2, "either KIND/NAME or --file"),
        (["adopt", "pxc", "-n", "shop"], 2, "write KIND/NAME"),
        (["adopt", "pxc/a"], 2, "name the namespace"),
        (["adopt", "mysql/a", "-n", "shop"], 1, '"mysql" is not known'),
        (["adopt", "pxc/a", "-n", "shop", "--kubeconfig", "/nowhere"], 1, "name another with --kubeconfig"),
    ],
)
def test_wrong_usage_is_told_in_words(arguments: list[str], code: int, said: str) -> None:
    result = dbaas(*arguments)
    assert result.exit_code == code, result.output
    assert said in " ".join(result.stderr.replace("│", " ").split())
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_kind_is_known_by_all_its_names(engine: str) -> None:
    row = ENGINES[engine]
    for word in (row.kind, row.kind.upper(), row.plural, row.definition_name, *row.short_names):
        assert engine_of_word(word) is row
