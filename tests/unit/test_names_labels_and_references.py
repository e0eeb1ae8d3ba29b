"""The small shared rooms: names, labels, secret references, pinned versions, public names."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dbaas_components
from dbaas_components import naming
from dbaas_components.databases.engines import ENGINES
from dbaas_components.labels import database_labels
from dbaas_components.secrets import SecretReference
from dbaas_components.versions import VERSIONS, image

# The API server's own rules: RFC 1035 labels for Services, RFC 1123 labels for namespaces, label values.
SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?\Z")
NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?\Z")
almost_names = st.text(alphabet="ab-0A_.\n", max_size=8)


@given(almost_names)
def test_a_name_is_refused_exactly_where_a_service_of_that_name_would_be(name):
    assert (naming.dns_label_problem(name) is None) == bool(SERVICE.match(name))


@given(almost_names)
def test_a_namespace_is_refused_exactly_where_kubernetes_would(name):
    assert (naming.namespace_problem(name) is None) == bool(NAMESPACE.match(name))


@pytest.mark.parametrize("problem", [naming.dns_label_problem, naming.namespace_problem])
def test_names_end_at_63_characters(problem):
    assert problem("a" * 63) is None
    assert "shorten it to at most 63" in problem("a" * 64)


def test_a_limit_says_who_set_it_and_how_long_the_name_is():
    problem = naming.dns_label_problem("a" * 23, 22, "PXC operator 1.20.0 allows no more")
    assert problem == f'"{"a" * 23}" has 23 characters; PXC operator 1.20.0 allows no more: shorten it to at most 22'


def test_children_and_objects_are_named_after_their_owner():
    assert naming.child_name("orders", "database") == "orders-database"
    assert naming.object_name("orders", "secrets") == "orders-secrets"


def test_labels_are_complete_and_valid_for_every_engine_and_version():
    for engine in ENGINES.values():
        for version in engine.versions.series:
            labels = database_labels(
                name="orders", software=engine.software, version=version, engine=engine.name, profile="standard"
            )
            recommended = {"name", "instance", "version", "component", "part-of", "managed-by"}
            assert {f"app.kubernetes.io/{key}" for key in recommended} < set(labels)
            assert labels["dbaas-components.io/engine"] == engine.name
            assert labels["dbaas-components.io/profile"] == "standard"
            assert all(LABEL_VALUE.match(value) for value in labels.values())


def test_a_secret_reference_prints_and_reads_as_namespace_name_key():
    reference = SecretReference("shop", "orders-secrets", "root")
    assert str(reference) == "shop/orders-secrets/root"
    assert SecretReference.parse(str(reference)) == reference


@pytest.mark.parametrize("text", ["", "a/b", "a/b/c/d", "a//c", "/b/c"])
def test_text_that_is_no_secret_reference_is_refused(text):
    with pytest.raises(ValueError, match="write namespace/name/key"):
        SecretReference.parse(text)


def test_every_engine_is_pinned_and_its_default_version_is_one_it_has():
    assert set(VERSIONS) == set(ENGINES)
    for versions in VERSIONS.values():
        assert versions.default in versions.series
        assert re.fullmatch(r"\d+\.\d+\.\d+", versions.operator)


def test_every_image_is_named_with_a_tag_that_fits_its_series():
    for versions in VERSIONS.values():
        for series, images in versions.series.items():
            assert {"server", "backup"} <= set(images)
            assert all(re.fullmatch(r"percona/[a-z0-9-]+:[A-Za-z0-9][A-Za-z0-9._-]*", name) for name in images.values())
            assert images["server"].partition(":")[2].startswith(f"{series}.")


def test_a_mirror_stands_in_front_of_the_whole_image_name():
    assert image("ps", "8.4", "server") == "docker.io/percona/percona-server:8.4.10-10.1"
    mirrored = image("ps", "8.4", "server", "mirror.example.com:5000/hub")
    assert mirrored == "mirror.example.com:5000/hub/percona/percona-server:8.4.10-10.1"


def test_every_public_name_is_there_and_no_other():
    for name in dbaas_components.__all__:
        assert getattr(dbaas_components, name).__name__ == name
    assert set(dbaas_components.__all__) <= set(dir(dbaas_components))
    with pytest.raises(AttributeError, match="Managed_Database"):
        getattr(dbaas_components, "Managed" + "_Database")


def modules_after(statement: str) -> set[str]:
    program = f"import sys; {statement}; print(*sys.modules)"
    return set(
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    )


@pytest.mark.slow
def test_importing_the_component_loads_no_provider_sdk_and_no_engines_models():
    loaded = modules_after("from dbaas_components import ManagedDatabase")
    heavy = {"pulumi_kubernetes", "pydantic", "kubernetes", "boto3", "yaml", "typer", "rich"}
    assert not heavy & loaded - modules_after("import pulumi")
    assert not any(name.startswith("dbaas_components.databases.custom_resources.") for name in loaded)


def test_importing_the_package_alone_loads_nothing_of_it():
    assert {name for name in modules_after("import dbaas_components") if "dbaas_components." in name} == set()
