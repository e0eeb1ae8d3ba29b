"""Reading a Pulumi project from disk."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dbaas_components.cli.project import engine_config, find_project, read_yaml
from dbaas_components.errors import SpecError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: dbaas\nruntime: python\nmain: stacks/\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  dbaas:regions: [{name: local}]\n  plain: 5\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}\n")
    return tmp_path


def test_the_project_is_found_from_a_folder_inside_it(folder: Path) -> None:
    (folder / "stacks" / "deep").mkdir(parents=True)
    project = find_project(folder / "stacks" / "deep")
    assert (project.folder, project.name, project.program) == (folder, "dbaas", folder / "stacks")


def test_a_folder_outside_any_project_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"no Pulumi\.yaml in .* or above; run this in a project"):
        find_project(tmp_path)


def test_an_unknown_stack_is_refused_with_the_known_ones(folder: Path) -> None:
    with pytest.raises(SpecError, match=r'"deev" has no Pulumi\.deev\.yaml in .*choose dev or prod.*mean "dev"'):
        find_project(folder).config("deev")


def test_a_key_without_a_prefix_gets_the_projects(folder: Path) -> None:
    assert find_project(folder).config("dev") == {"dbaas:regions": [{"name": "local"}], "dbaas:plain": 5}


def test_the_same_key_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("config:\n  dbaas:a: 1\n  dbaas:a: 2\n")
    with pytest.raises(SpecError, match='the key "dbaas:a" stands twice in line 3'):
        read_yaml(path)


def test_broken_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("config:\n  a: [1\n")
    with pytest.raises(SpecError, match=r"Pulumi\.dev\.yaml: .* in line 3; correct the YAML"):
        read_yaml(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"config:\n  a: \xff\n", r"holds bytes that are no UTF-8 text in line 2; save it as UTF-8"),
        (b"config:\n  a: \x00\n", r"holds a character that YAML does not allow, 0x0 in line 2; remove it"),
        (b"config:\n  a: 2024-13-40\n", r"is not YAML \(month must be in 1\.\.12\); correct it"),
        (b"a: &a [*b]\n", r"found undefined alias 'b' in line 1; correct the YAML"),
        (b"a: 1\n---\nb: 2\n", r"but found another document in line 2; correct the YAML"),
        (b"? [1]\n: 2\n", r"found unhashable key in line 1; correct the YAML"),
        (b"[" * 5000, r"is not YAML \(.*recursion.*\); correct it"),
    ],
)
def test_a_file_that_cannot_be_read_as_yaml_is_named_with_the_place(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_bytes(content)
    with pytest.raises(SpecError, match=rf"^Pulumi\.dev\.yaml: {message}$"):
        read_yaml(path)


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"cannot be read \(Is a directory\); make it readable"):
        read_yaml(tmp_path)


def test_a_value_that_only_yaml_has_is_refused_with_its_key() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(SpecError) as caught:
        engine_config({"a:when": date(2024, 1, 1), "a:endless": endless, "a:fine": 1})
    assert [str(problem) for problem in caught.value.problems] == [
        "a:when: cannot be handed to a program (Object of type date is not JSON serializable); write it as text, in "
        "quotes",
        "a:endless: cannot be handed to a program (Circular reference detected); write it as text, in quotes",
    ]


def test_structured_values_become_json_and_encrypted_ones_stay_unread() -> None:
    config, secret_keys = engine_config({"a:x": [1, {"y": True}], "a:s": {"secure": "v1:abc:def"}, "a:t": "text"})
    assert config == {"a:x": '[1, {"y": true}]', "a:s": "[secret]", "a:t": "text"}
    assert secret_keys == ["a:s"]


def test_a_key_with_and_without_its_prefix_is_refused(folder: Path) -> None:
    (folder / "Pulumi.dev.yaml").write_text("config:\n  dbaas:regions: []\n  regions: []\n")
    with pytest.raises(SpecError, match="dbaas:regions: stands there with and without its prefix; keep one"):
        find_project(folder).config("dev")


@pytest.mark.parametrize("name", ["../x", "a/b", "x" * 300, ""])
def test_what_cannot_be_a_stacks_name_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(SpecError, match="is not a stack's name"):
        find_project(folder).config(name)
