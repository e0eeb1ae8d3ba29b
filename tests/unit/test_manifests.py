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
            provider = pulumi.ProviderResource("kubernetes", region, {"context": region})
            Thing(region, thing("ConfigMap", "settings"), pulumi.ResourceOptions(provider=provider))

    assert {manifest.path.parts[0] for manifest in rendered(program).manifests} == {"east", "west"}


def test_two_providers_of_one_cluster_share_its_folder() -> None:
    def program() -> None:
        for name in ("east-definitions", "east"):
            provider = pulumi.ProviderResource("kubernetes", name, {"context": "east"})
            Thing(name, thing("ConfigMap", name), pulumi.ResourceOptions(provider=provider))

    assert {manifest.path.parts[0] for manifest in rendered(program).manifests} == {"east"}


def test_two_clusters_whose_kubeconfigs_are_secret_have_folders_of_their_own() -> None:
    def program() -> None:
        for region in ("east", "west"):
            kubeconfig = pulumi.Output.secret(f"server of {region}")
            provider = pulumi.ProviderResource("kubernetes", region, {"kubeconfig": kubeconfig})
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


class Component(pulumi.ComponentResource):
    pass


@pytest.mark.parametrize(
    ("type_token", "words"),
    [
        (
            "kubernetes:helm.sh/v4:Chart",
            "is unfolded by the provider on an `up`; register a release of the chart instead",
        ),
        ("kubernetes:yaml/v2:ConfigFile", "is unfolded by the provider on an `up`; register the file's objects"),
        ("kubernetes:yaml/v2:ConfigGroup", "is unfolded by the provider"),
        ("kubernetes:kustomize/v2:Directory", "register the objects of `kubectl kustomize`"),
    ],
)
@pytest.mark.parametrize("custom", [True, False])
def test_what_the_provider_unfolds_itself_is_refused_and_not_left_out(
    type_token: str, words: str, custom: bool
) -> None:
    def program() -> None:
        if custom:
            pulumi.CustomResource(type_token, "operators", {})
        else:
            Component(type_token, "operators", {}, remote=True)
        Thing("a", thing("ConfigMap", "a"))

    with pytest.raises(SpecError) as caught:
        rendered(program)
    (problem,) = caught.value.problems
    assert problem.path == "operators"
    assert problem.message.startswith(type_token)
    assert words in problem.message


class Release(pulumi.CustomResource):
    def __init__(self, role: str, opts: pulumi.ResourceOptions | None = None, **release: object) -> None:
        super().__init__("kubernetes:helm.sh/v3:Release", role, release, opts)


def test_a_release_becomes_its_values_and_the_command_that_installs_it() -> None:
    def program() -> None:
        first = Release(
            "operators",
            chart="pxc-operator",
            version="1.20.0",
            name="pxc",
            namespace="percona-operators",
            repositoryOpts={"repo": "https://example.com/charts"},
            skipCrds=True,
            values={"replicaCount": 2},
        )
        later = pulumi.ResourceOptions(depends_on=[first])
        Release("vault", later, chart="oci://example.com/vault", namespace="vault", skipAwait=True, values={})
        pulumi.CustomResource("aws:s3/bucket:Bucket", "backups", {})

    result = rendered(program)
    assert result.manifests == ()
    assert [(str(chart.path), yaml.safe_load(chart.text) or {}) for chart in result.charts] == [
        ("default/4-charts/001-pxc.yaml", {"replicaCount": 2}),
        ("default/4-charts/002-vault.yaml", {}),
    ]
    assert [" ".join(chart.command) for chart in result.charts] == [
        "helm upgrade --install pxc pxc-operator --repo https://example.com/charts --version 1.20.0 "
        "--namespace percona-operators --skip-crds --wait --values default/4-charts/001-pxc.yaml",
        "helm upgrade --install vault oci://example.com/vault --namespace vault "
        "--values default/4-charts/002-vault.yaml",
    ]
    assert result.elsewhere == ("backups",)


def test_a_secret_among_the_values_of_a_release_is_refused_without_showing_it() -> None:
    def program() -> None:
        Release("pmm", chart="pmm", values={"password": pulumi.Output.secret("hunter2")})

    with pytest.raises(SpecError, match=r"pmm\.values\S*: is a secret") as caught:
        rendered(program)
    assert "hunter2" not in str(caught.value)


def test_the_objects_of_a_component_that_ran_here_are_written() -> None:
    def program() -> None:
        group = Component("kubernetes:yaml:ConfigGroup", "group")
        Thing("a", thing("ConfigMap", "a"), pulumi.ResourceOptions(parent=group))

    assert [manifest.path.name for manifest in rendered(program).manifests] == ["001-configmap-a.yaml"]


def test_a_list_and_a_patch_are_refused_and_kinds_that_only_sound_like_them_are_written() -> None:
    def program() -> None:
        Thing("list", thing("ConfigMapList", "list", items=[thing("ConfigMap", "a")]))
        patched: dict[str, object] = dict(thing("ConfigMap", "live", data={"a": "b"}))
        pulumi.CustomResource("kubernetes:core/v1:ConfigMapPatch", "patch", patched)

    with pytest.raises(SpecError) as caught:
        rendered(program)
    assert {problem.path: problem.message for problem in caught.value.problems} == {
        "list": "is a ConfigMapList, which is no object; register each of its items",
        "patch": "is a patch of an object that is not the program's; make the ConfigMap itself, or patch it by other "
        "means",
    }

    def fine() -> None:
        Thing("a", thing("AllowList", "a", "x.io/v1", spec={"items": []}))
        Thing("b", thing("VirtualPatch", "b", "x.io/v1"))

    assert len(rendered(fine).manifests) == 2


@pytest.mark.parametrize("metadata", [None, {}, {"name": None}, {"generateName": "a-"}])
@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_an_object_without_a_name_of_its_own_is_refused(kind: str, metadata: dict[str, object] | None) -> None:
    body: dict[str, object] = {"apiVersion": "v1", "kind": kind}
    if metadata is not None:
        body["metadata"] = metadata
    with pytest.raises(SpecError, match=r"render: a\.metadata\.name: was not given; give it a metadata\.name"):
        rendered(lambda: Thing("a", body))


def test_a_secret_with_keys_that_are_not_known_yet_is_refused() -> None:
    def program() -> None:
        first = Thing("a", thing("ConfigMap", "a"))
        Thing("s", thing("Secret", "login", stringData=first.id.apply(lambda value: {value: "x"})))

    with pytest.raises(SpecError, match=r"s\.stringData: has keys that are known only after an `up`"):
        render(evaluate(program, dry_run=True))


def test_an_object_that_is_only_looked_up_is_not_written() -> None:
    def program() -> None:
        found = pulumi.ResourceOptions(id="shop/a")
        Thing("a", thing("ConfigMap", "a"), found)
        Thing("b", thing("ConfigMap", "b"))

    graph = evaluate(program, reads={"*": thing("ConfigMap", "a")})
    assert [manifest.path.name for manifest in render(graph).manifests] == ["001-configmap-b.yaml"]


@pytest.mark.parametrize(
    ("name", "folder"), [("../../up", "%2E.%2F..%2Fup"), ("..", "%2E."), ("eu.west-1", "eu.west-1")]
)
def test_no_providers_name_leads_out_of_the_output_folder(name: str, folder: str) -> None:
    def program() -> None:
        provider = pulumi.ProviderResource("kubernetes", name, {})
        Thing("a", thing("ConfigMap", "a"), pulumi.ResourceOptions(provider=provider))

    assert [manifest.path.parts[0] for manifest in rendered(program).manifests] == [folder]


def test_the_longest_names_still_make_a_file_name() -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a" * 253, "namespace": "b" * 63}}
    (manifest,) = rendered(lambda: Thing("a", body)).manifests
    assert len(manifest.path.name) <= 255


def test_a_second_render_replaces_the_first_one_whole(tmp_path: Path) -> None:
    output = tmp_path / "out"
    write(rendered(lambda: Thing("a", thing("ConfigMap", "old"))), output)
    write(rendered(lambda: Thing("a", thing("ConfigMap", "new"))), output)
    assert [path.name for path in output.rglob("*.yaml")] == ["001-configmap-new.yaml"]


def of(*names: str) -> Rendered:
    def program() -> None:
        for name in names:
            Thing(name, thing("ConfigMap", name))

    return rendered(program)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_files_of_others_in_the_output_folder_stay(tmp_path: Path) -> None:
    output, sibling = tmp_path / "out", tmp_path / "out.unfinished"
    for path in (output / ".git" / "HEAD", output / "kustomization.yaml", sibling / "mine.txt"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("precious")
    write(of("one", "two"), output)
    (output / "default" / "3-objects" / "notes.txt").write_text("precious")
    write(of("two"), output)
    assert files(output) == [
        ".dbaas-render",
        ".git/HEAD",
        "default/3-objects/001-configmap-two.yaml",
        "default/3-objects/notes.txt",
        "kustomization.yaml",
    ]
    assert files(sibling) == ["mine.txt"]


def test_folders_that_a_render_leaves_empty_are_removed(tmp_path: Path) -> None:
    write(of("one"), tmp_path / "out")
    write(of(), tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".dbaas-render"]


def test_a_file_of_someone_else_that_is_in_the_way_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    taken = tmp_path / "default" / "3-objects" / "002-configmap-two.yaml"
    taken.parent.mkdir(parents=True)
    taken.write_text("precious")
    with pytest.raises(Refusal, match=r"002-configmap-two\.yaml is in the way, and no render wrote it; move it"):
        write(of("one", "two"), tmp_path)
    assert files(tmp_path) == ["default/3-objects/002-configmap-two.yaml"]
    assert taken.read_text() == "precious"


def test_a_file_where_a_folder_has_to_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "default").write_text("precious")
    with pytest.raises(Refusal, match="default is in the way: it is no folder"):
        write(of("one"), tmp_path)


def test_a_render_that_was_cut_off_is_completed_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(of("old"), tmp_path)
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == "002-configmap-two.yaml":
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", failing)
        with pytest.raises(Refusal, match=r"002-configmap-two\.yaml cannot be written \(No space left on device\)"):
            write(of("one", "two"), tmp_path)
    assert not [name for name in files(tmp_path) if "unfinished" in name]
    write(of("two"), tmp_path)
    assert files(tmp_path) == [".dbaas-render", "default/3-objects/001-configmap-two.yaml"]


@pytest.mark.parametrize("entry", ["../precious.txt", "{}/precious.txt", "link/precious.txt"])
def test_a_list_that_leads_out_of_the_folder_is_refused(tmp_path: Path, entry: str) -> None:
    (tmp_path / "precious.txt").write_text("precious")
    output = tmp_path / "out"
    output.mkdir()
    (output / "link").symlink_to(tmp_path)
    (output / ".dbaas-render").write_text(entry.format(tmp_path) + "\n")
    with pytest.raises(Refusal, match="which is outside of"):
        write(of("one"), output)
    assert (tmp_path / "precious.txt").exists()
