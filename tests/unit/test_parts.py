"""Which part is chosen, and what is said of one that is missing."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dbaas_components.errors import Problem, SpecError
from embedded.parts import attempts, definitions
from embedded.parts.choice import PartError
from embedded.parts.definitions import find_definition_source, provide_definitions
from embedded.parts.engine import find_engine
from embedded.parts.provider import find_provider
from embedded.parts.state import find_state, provide_state
from embedded.progress import Silence
from stacks.settings import DefinitionSettings


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is cached, nothing is on PATH, nothing is configured."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("PULUMI_HOME", "PULUMI_BACKEND_URL", "DBAAS_CRDS", "PULUMI_CONFIG_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "bin").mkdir()


def program(folder: Path, name: str, says: str, code: int = 0) -> None:
    path = folder / "bin" / name
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    path.chmod(0o755)


def nothing_can_be_fetched() -> None:
    from importlib.metadata import version

    for download in (f"pulumi engine {version('pulumi')}", f"pulumi-kubernetes {version('pulumi-kubernetes')}"):
        attempts.remember_failure(download)
    attempts.remember_failure("operators' definitions")


def test_the_users_own_engine_comes_first(tmp_path: Path) -> None:
    program(tmp_path, "pulumi", "v3.250.1")
    choice = find_engine()
    assert (choice.version, choice.origin, choice.ready) == ("3.250.1", "on PATH", True)


@pytest.mark.parametrize(("says", "code"), [("v3.1.0", 0), ("v3.250.0", 1), ("what?", 0)])
def test_an_engine_that_is_too_old_or_broken_is_not_used_and_the_reason_is_told(
    tmp_path: Path, says: str, code: int
) -> None:
    program(tmp_path, "pulumi", says, code)
    nothing_can_be_fetched()
    choice = find_engine()
    assert not choice.ready
    assert "so it is not used" in choice.notes[0]


def test_without_engine_and_without_go_the_remedy_is_to_install_go() -> None:
    nothing_can_be_fetched()
    choice = find_engine()
    assert not choice.ready
    assert choice.remedy is not None
    assert "Go 1.26 or newer is needed" in choice.remedy


def test_the_official_provider_is_fetched_before_the_stand_in_is_thought_of(tmp_path: Path) -> None:
    assert find_provider(tmp_path).origin == "to be fetched from the official download"
    nothing_can_be_fetched()
    assert find_provider(tmp_path).what == "stand-in provider"


def test_an_installed_official_plugin_is_used(tmp_path: Path) -> None:
    from importlib.metadata import version

    folder = tmp_path / "home" / ".pulumi" / "plugins" / f"resource-kubernetes-v{version('pulumi-kubernetes')}"
    folder.mkdir(parents=True)
    (folder / "pulumi-resource-kubernetes").write_text("")
    assert find_provider(tmp_path).origin == "installed plugin"


def test_a_failed_download_is_remembered_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts.remember_failure("x")
    assert attempts.failed_lately("x")
    now = time.time()
    monkeypatch.setattr(attempts.time, "time", lambda: now + 25 * 3600)
    assert not attempts.failed_lately("x")


def test_stand_in_definitions_never_reach_a_cluster_that_is_not_embedded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(_folder: Path, **_: object) -> Path:
        raise SpecError("definitions", [Problem("", "unreachable")])

    monkeypatch.setattr(definitions, "download_definitions", unreachable)
    project = tmp_path / "project"
    with pytest.raises(PartError, match="stand-ins do not belong in a cluster that is not embedded"):
        provide_definitions(project, DefinitionSettings(), False, Silence())
    choice = provide_definitions(project, DefinitionSettings(), True, Silence())
    assert choice.what == "stand-in definitions"
    assert choice.location is not None
    assert list(choice.location.rglob("*.yaml"))


def test_a_folder_that_the_stack_names_wins(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    choice = find_definition_source(tmp_path, DefinitionSettings(folder="mine"))
    assert (choice.location, choice.ready) == ((tmp_path / "mine").resolve(), True)


def test_a_folder_that_is_named_and_missing_is_not_ready(tmp_path: Path) -> None:
    choice = find_definition_source(tmp_path, DefinitionSettings(folder="mine"))
    assert not choice.ready
    assert choice.remedy is not None
    with pytest.raises(PartError, match="mine is not a folder"):
        provide_definitions(tmp_path, DefinitionSettings(folder="mine"), True, Silence())


def test_the_passphrase_is_made_once_and_is_private(tmp_path: Path) -> None:
    first = Path(provide_state(tmp_path / "dev").environment["PULUMI_CONFIG_PASSPHRASE_FILE"])
    secret = first.read_text()
    assert len(secret) >= 32
    assert first.stat().st_mode & 0o777 == 0o600
    provide_state(tmp_path / "dev")
    assert first.read_text() == secret


def test_a_passphrase_that_the_state_needs_is_never_made_anew(tmp_path: Path) -> None:
    passphrase = Path(provide_state(tmp_path / "dev").environment["PULUMI_CONFIG_PASSPHRASE_FILE"])
    stacks = tmp_path / "dev" / "state" / ".pulumi" / "stacks" / "dbaas"
    stacks.mkdir(parents=True)
    (stacks / "dev.json").write_text("{}")
    passphrase.unlink()
    with pytest.raises(PartError, match="is missing or empty, and the state needs it; put it back"):
        provide_state(tmp_path / "dev")
    assert not passphrase.exists()


def test_the_users_own_backend_and_passphrase_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "mine")
    state = find_state(tmp_path)
    assert not state.local
    assert state.environment == {}
