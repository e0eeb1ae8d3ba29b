"""The typed models against the operators' own definitions, field by field, and the stand-ins made from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from dbaas_components.bootstrap.definition_bundle import read_bundle
from dbaas_components.databases.custom_resources.checked import checked
from dbaas_components.databases.custom_resources.common import (
    ObjectMeta,
    SecretKeySelector,
    VolumeClaim,
    VolumeResources,
)
from dbaas_components.databases.custom_resources.definitions import (
    model_schema,
    stand_in_definition,
    write_definitions,
)
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.operator_owned import OPERATOR_OWNED
from dbaas_components.databases.spec import parse_database
from dbaas_components.labels import STAND_IN
from tests.unit.pg.examples import FULL as PG
from tests.unit.ps.examples import FULL as PS
from tests.unit.psmdb.examples import FULL as PSMDB
from tests.unit.pxc.examples import FULL as PXC

Schema = Mapping[str, Any]


@pytest.fixture(scope="module")
def official(crds_folder: Path | None) -> dict[str, dict[str, Any]]:
    """The operators' definitions by name."""
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    return {definition["metadata"]["name"]: definition for definition in read_bundle(crds_folder)}


def stored_version(definition: dict[str, Any]) -> dict[str, Any]:
    (version,) = [version for version in definition["spec"]["versions"] if version["storage"]]
    return version


def differences(ours: Schema, theirs: Schema, path: str) -> Iterator[str]:
    """Where a value that our schema allows could be refused or dropped by theirs."""
    if theirs.get("x-kubernetes-int-or-string"):
        if not ours.get("x-kubernetes-int-or-string"):
            yield f"{path}: we write {ours.get('type')}, they take an integer or text and we do not say so"
        return
    if ours.get("type") != theirs.get("type"):
        yield f"{path}: we write {ours.get('type')}, they take {theirs.get('type')}"
        return
    if theirs.get("x-kubernetes-preserve-unknown-fields"):
        return  # It takes anything there.
    if "enum" in theirs and not set(ours.get("enum", ["anything"])) <= set(theirs["enum"]):
        yield f"{path}: we write {ours.get('enum', 'anything')}, they take {theirs['enum']}"
    always = set(ours.get("required", ()))
    for name in theirs.get("required", ()):
        if name not in always and "properties" in ours:
            yield f"{path}.{name}: they require it, we may leave it out"
    values = theirs.get("additionalProperties")
    for name, schema in ours.get("properties", {}).items():
        known = theirs.get("properties", {}).get(name, values)
        if known is None:
            yield f"{path}.{name}: they do not know it"
        else:
            yield from differences(schema, known, f"{path}.{name}")
    if "additionalProperties" in ours:
        if isinstance(values, Mapping):
            yield from differences(ours["additionalProperties"], values, f"{path}.*")
        else:
            yield f"{path}: we write any key, they take only {sorted(theirs.get('properties', {}))}"
    if "items" in ours:
        yield from differences(ours["items"], theirs["items"], f"{path}[]")


@pytest.mark.parametrize("engine", ENGINES)
def test_every_field_of_the_model_is_known_to_the_operator_with_the_same_type(engine, official):
    row = ENGINES[engine]
    theirs = stored_version(official[row.definition_name])["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert list(differences(model_schema(row)["properties"]["spec"], theirs, "spec")) == []


def test_the_comparison_finds_each_kind_of_difference():
    theirs = {
        "type": "object",
        "required": ["size"],
        "properties": {
            "size": {"type": "integer"},
            "mode": {"type": "string", "enum": ["a", "b"]},
            "amount": {"x-kubernetes-int-or-string": True},
        },
    }
    ours = {
        "type": "object",
        "properties": {
            "size": {"type": "string"},
            "mode": {"type": "string", "enum": ["a", "c"]},
            "amount": {"type": "string"},
            "sizes": {"type": "integer"},
        },
    }
    found = list(differences(ours, theirs, "spec"))
    assert [line.partition(":")[0] for line in found] == [
        "spec.size",
        "spec.size",
        "spec.mode",
        "spec.amount",
        "spec.sizes",
    ]


EXAMPLES = [
    pytest.param(engine, words, id=f"{engine}-{shape}")
    for engine, shapes in (("pg", PG), ("pxc", PXC), ("ps", PS), ("psmdb", PSMDB))
    for shape, words in {**shapes, "small": {"engine": engine, "namespace": "shop"}}.items()
]


@pytest.mark.parametrize(("engine", "words"), EXAMPLES)
def test_a_rendered_resource_has_the_types_of_its_model(engine, words):
    manifest = ENGINES[engine].render(parse_database("orders", words))
    # Strict, and compared: a value that pydantic had to change would have gone to the API server unchanged.
    read = checked(ENGINES[engine].model()).model_validate(manifest)
    assert read.model_dump(by_alias=True, exclude_unset=True) == manifest


def test_a_value_of_another_type_is_not_one_of_the_model():
    manifest = ENGINES["pg"].render(parse_database("orders", {"engine": "pg", "namespace": "shop"}))
    manifest["spec"]["instances"][0]["replicas"] = "2"
    with pytest.raises(ValidationError, match="instances"):
        checked(ENGINES["pg"].model()).model_validate(manifest)


@pytest.mark.parametrize("fields", [{}, {"name": "a", "ke": "b"}, {"name": "a", "key": "b", "kye": "c"}])
def test_a_field_that_is_missing_or_unknown_is_an_error(fields):
    with pytest.raises(TypeError, match="SecretKeySelector takes name, key, not"):
        SecretKeySelector(**fields)


def test_a_part_cannot_be_changed_and_a_copy_has_other_values():
    claim = VolumeClaim(access_modes=["ReadWriteOnce"], resources=VolumeResources(requests={"storage": "1Gi"}))
    with pytest.raises(AttributeError, match="VolumeClaim cannot be changed"):
        claim.storage_class_name = "fast"  # type: ignore[misc]
    assert claim.changed(storage_class_name="fast").manifest() == {**claim.manifest(), "storageClassName": "fast"}


def test_nobody_else_holds_what_a_manifest_is_made_of():
    labels = {"team": "payments"}
    metadata = ObjectMeta(name="orders", labels=labels)
    metadata.manifest()["labels"]["team"] = "another"
    assert metadata.manifest() == {"name": "orders", "labels": {"team": "payments"}}


@pytest.mark.parametrize("engine", ENGINES)
def test_names_scope_and_version_are_the_operators(engine, official):
    theirs = official[ENGINES[engine].definition_name]
    ours = stand_in_definition(ENGINES[engine])
    assert ours["spec"]["group"] == theirs["spec"]["group"]
    assert ours["spec"]["scope"] == theirs["spec"]["scope"]
    assert ours["spec"]["names"] == theirs["spec"]["names"]
    assert ours["spec"]["versions"][0]["name"] == stored_version(theirs)["name"]
    assert "status" in stored_version(theirs)["subresources"]


def test_every_field_left_to_an_operator_is_in_its_definition(official):
    for field in OPERATOR_OWNED:
        definition = official[ENGINES[field.engine].definition_name]
        schema = stored_version(definition)["schema"]["openAPIV3Schema"]
        if field.path.startswith("metadata."):
            continue  # Kubernetes' own, in no definition.
        for part in field.path.replace("[*]", ".*").split("."):
            if part == "*":
                schema = schema["items"]
            else:
                schema = schema.get("properties", {}).get(part) or schema["additionalProperties"]


def schemas(schema: Schema) -> Iterator[Schema]:
    yield schema
    for inner in (*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, Mapping):
            yield from schemas(inner)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_a_stand_in_knows_no_field_but_those_that_we_write(engine):
    schema = model_schema(engine)
    loose = [inner for inner in schemas(schema) if inner.get("x-kubernetes-preserve-unknown-fields")]
    assert loose == [schema["properties"]["status"]]
    assert all("type" in inner or inner.get("x-kubernetes-int-or-string") for inner in schemas(schema))
    assert not any("$ref" in inner or "anyOf" in inner or "default" in inner for inner in schemas(schema))


def test_stand_ins_say_that_they_are_none_of_the_operators():
    for engine in ENGINES.values():
        assert "not the operator's own" in stand_in_definition(engine)["metadata"]["annotations"][STAND_IN]


@pytest.mark.slow
def test_written_stand_ins_are_a_bundle_like_the_operators(tmp_path):
    files = write_definitions(tmp_path)
    assert {file.relative_to(tmp_path).as_posix() for file in files} == {
        f"{name}/{engine.versions.definitions}/crd.yaml" for name, engine in ENGINES.items()
    }
    read = read_bundle(tmp_path, cache=tmp_path / "cache")
    assert {definition["metadata"]["name"] for definition in read} == {
        engine.definition_name for engine in ENGINES.values()
    }
    for file in files:
        assert "&id" not in file.read_text()
        assert yaml.safe_load(file.read_text()) in read
