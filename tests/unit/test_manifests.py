"""Plain manifests from a graph."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest
import yaml

from dbaas_components.cli.refusal import Refusal
from dbaas_components.cli.render import write
from dbaas_components.errors import SpecError
from dbaas_components.evaluate import evaluate
from dbaas_components.manifests import Rendered, render


class Thing(pulumi.CustomResource):
    def __init__(self, name: str, body: dict[str, object], opts: pulumi.ResourceOptions | None = None) -> None:
        group, kind = str(body["apiVersion"]), str(body["kind"])
        super().__init__(f"kubernetes:{group if '/' in group else f'core/{group}'}:{kind}", name, dict(body), opts)


def thing(kind: str, name: str, api_version: str = "v1", **rest: object) -> dict[str, object]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **rest}


def rendered(program: object) -> Rendered:
    return render(evaluate(program))  # type: ignore[arg-type]


def test_definitions_come_before_namespaces_and_namespaces_before_everything_else() -> None:
    def program() -> None:
        Thing("a", thing("ConfigMap", "a"))
        Thing("b", thing("Namespace", "b"))
        Thing("c", thing("CustomResourceDefinition", "c", "apiextensions.k8s.io/v1"))

    paths = [str(manifest.path) for manifest in rendered(program).manifests]
    assert paths == [
        "default/1-definitions/001-customresourcedefinition-c.yaml",
        "default/2-namespaces/001-namespace-b.yaml",
        "default/3-objects/001-configmap-a.yaml",
    ]


def test_an_object_comes_after_what_it_depends_on() -> None:
    def program() -> None:
        last = Thing("a-last", thing("ConfigMap", "last"))
        Thing("b-first", thing("ConfigMap", "first"), pulumi.ResourceOptions(depends_on=[last]))

    assert [manifest.path.name for manifest in rendered(program).manifests] == [
        "001-configmap-last.yaml",
        "002-configmap-first.yaml",
    ]


def test_each_provider_has_a_folder_of_its_own() -> None:
    def program() -> None:
        for region in ("east", "west"):
            provider = pulumi.ProviderResource("kubernetes", region, {})
            Thing(region, thing("ConfigMap", "settings"), pulumi.ResourceOptions(provider=provider))

    assert {manifest.path.parts[0] for manifest in rendered(program).manifests} == {"east", "west"}


def test_whole_numbers_stay_whole() -> None:
    text = rendered(lambda: Thing("a", thing("Widget", "a", "x.io/v1", spec={"size": 3}))).manifests[0].text
    assert "size: 3\n" in text
    assert yaml.safe_load(text)["spec"] == {"size": 3}


def test_the_values_of_a_secret_are_never_written_only_what_it_is_called() -> None:
    def program() -> None:
        Thing("s", thing("Secret", "login", stringData=pulumi.Output.secret({"password": "hunter2"})))

    result = rendered(program)
    assert result.manifests == ()
    assert result.required_secrets == ("default/login/password",)


def test_a_secret_value_in_any_other_object_is_refused_without_showing_it() -> None:
    def program() -> None:
        Thing("c", thing("ConfigMap", "c", data={"token": pulumi.Output.secret("hunter2")}))

    with pytest.raises(SpecError, match=r"c\.data\S*: is a secret") as caught:
        rendered(program)
    assert "hunter2" not in str(caught.value)


def test_a_folder_with_files_of_someone_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(Refusal, match="holds files that no render wrote"):
        write(Rendered((), ()), tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_a_second_render_replaces_the_first_one_whole(tmp_path: Path) -> None:
    output = tmp_path / "out"
    write(rendered(lambda: Thing("a", thing("ConfigMap", "old"))), output)
    write(rendered(lambda: Thing("a", thing("ConfigMap", "new"))), output)
    assert [path.name for path in output.rglob("*.yaml")] == ["001-configmap-new.yaml"]
