"""Building our Go programs: real builds of a tiny module, and everything that keeps one from working."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from embedded import builds
from embedded.build_process import failure, is_package
from embedded.builds import BuildError, GoBuild, GoMissing, build, cached, missing_go, source_key
from embedded.disk_space import DiskNeeds
from embedded.file_lock import exclusive
from embedded.go_toolchain import environment, is_new_enough
from embedded.processes import lives
from embedded.progress import ConsoleReport, Silence, Task, elapsed

pytestmark = pytest.mark.slow

needs_go = pytest.mark.skipif(missing_go() is not None, reason=f"real builds: {missing_go()}")

PROGRAM = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("tiny 1.2.3") }\n'


@pytest.fixture
def recipe(tmp_path: Path) -> GoBuild:
    module = tmp_path / "module"
    module.mkdir()
    (module / "go.mod").write_text("module tiny\n\ngo 1.25\n")
    (module / "main.go").write_text(PROGRAM)
    return GoBuild("tiny", "1.2.3", module, ".", "-s -w", DiskNeeds(1, 1, 1, 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "builds"


class Heard(Silence):
    """A report that remembers what it was told."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def line(self, text: str) -> None:
        self.texts.append(text)

    @contextmanager
    def task(self, text: str) -> Iterator[Task]:
        self.texts.append(text)
        yield self


def leftovers(folder: Path) -> list[str]:
    """What a build left besides its result, its lock and its log."""
    return [path.name for path in folder.iterdir() if path.suffix not in {".lock", ".log"}]


@needs_go
def test_a_program_is_built_once_and_then_found(recipe: GoBuild, folder: Path) -> None:
    heard = Heard()
    first = build(recipe, heard, folder=folder)
    assert subprocess.run([first, "version"], capture_output=True, text=True, check=True).stdout == "tiny 1.2.3\n"
    told = len(heard.texts)
    assert build(recipe, heard, folder=folder) == first
    assert len(heard.texts) == told, "the second call built again"
    assert cached(recipe, folder=folder) == first


@needs_go
def test_a_program_cut_short_in_the_cache_is_built_again(recipe: GoBuild, folder: Path) -> None:
    first = build(recipe, Silence(), folder=folder)
    first.write_bytes(first.read_bytes()[:1000])
    assert cached(recipe, folder=folder) is None
    assert subprocess.run([build(recipe, Silence(), folder=folder)], check=True, capture_output=True).returncode == 0


@needs_go
def test_what_go_refuses_is_told_with_the_command_and_leaves_nothing_behind(recipe: GoBuild, folder: Path) -> None:
    (recipe.module_directory / "main.go").write_text("package main\n\nfunc main() { undefinedName() }\n")
    with pytest.raises(BuildError) as refused:
        build(recipe, Silence(), folder=folder)
    assert "undefined: undefinedName" in str(refused.value)
    assert " build -trimpath" in str(refused.value)
    assert leftovers(folder) == []
    (recipe.module_directory / "main.go").write_text(PROGRAM)
    assert build(recipe, Silence(), folder=folder).exists()


@needs_go
def test_a_program_that_calls_itself_another_version_is_not_kept(recipe: GoBuild, folder: Path) -> None:
    with pytest.raises(BuildError, match=r"not 1\.2\.4"):
        build(replace(recipe, version="1.2.4"), Silence(), folder=folder)
    assert leftovers(folder) == []


@needs_go
def test_a_module_that_is_not_in_go_sum_is_refused_and_go_sum_stays(recipe: GoBuild, folder: Path) -> None:
    (recipe.module_directory / "go.mod").write_text("module tiny\n\ngo 1.25\n\nrequire go.yaml.in/yaml/v3 v3.0.4\n")
    (recipe.module_directory / "main.go").write_text(
        PROGRAM.replace('import "fmt"', 'import "fmt"\nimport _ "go.yaml.in/yaml/v3"')
    )
    with pytest.raises(BuildError, match=r"restore go\.mod and go\.sum"):
        build(recipe, Silence(), folder=folder)
    assert not (recipe.module_directory / "go.sum").exists()


@needs_go
def test_without_go_a_program_of_the_same_sources_is_used(
    recipe: GoBuild, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build(recipe, Silence(), folder=folder)
    monkeypatch.setenv("PATH", "/nonexistent")
    assert build(recipe, Silence(), folder=folder) == first
    (recipe.module_directory / "main.go").write_text(PROGRAM + "// changed\n")
    with pytest.raises(GoMissing):
        build(recipe, Silence(), folder=folder)


def test_without_go_and_without_a_cached_program_the_message_says_what_to_install(
    recipe: GoBuild, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(GoMissing, match=r"not on PATH; Go 1\.26 or newer is needed: install Go"):
        build(recipe, Silence(), folder=folder)


def test_an_old_go_is_named_with_its_version(
    recipe: GoBuild, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_go(tmp_path, monkeypatch, version="go1.22.1", build="exit 1")
    with pytest.raises(GoMissing, match=r"is go1\.22\.1; Go 1\.26 or newer is needed"):
        build(recipe, Silence(), folder=folder)


def test_a_full_disk_is_told_with_what_is_needed_and_what_there_is(
    recipe: GoBuild, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_go(tmp_path, monkeypatch, version="go1.26.8", build="exit 1")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_500_000_000))
    with pytest.raises(BuildError, match=r"needs 6,400 MB .* 1,500 MB are available .* set XDG_CACHE_HOME"):
        build(replace(recipe, space=DiskNeeds(100, 2700, 800, 2800)), Silence(), folder=folder)


def test_an_interrupt_ends_go_and_all_it_started_and_the_next_build_works(
    recipe: GoBuild, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = tmp_path / "pids"
    fake_go(tmp_path, monkeypatch, version="go1.26.8", build=f"sleep 300 & echo $! $$ > {pids}; wait")
    code = (
        "from pathlib import Path; from embedded.builds import *; from embedded.disk_space import DiskNeeds;"
        "from embedded.progress import Silence;"
        f"build(GoBuild('tiny', '1.2.3', Path({str(recipe.module_directory)!r}), '.', '', DiskNeeds(1, 1, 1, 1)),"
        f" Silence(), folder=Path({str(folder)!r}))"
    )
    builder = subprocess.Popen(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], stderr=subprocess.PIPE, text=True
    )
    while not pids.exists() or len(pids.read_text().split()) < 2:
        assert builder.poll() is None, builder.stderr and builder.stderr.read()
        time.sleep(0.05)
    started = [int(pid) for pid in pids.read_text().split()]
    builder.send_signal(signal.SIGINT)
    builder.communicate(timeout=20)
    assert builder.returncode != 0
    deadline = time.monotonic() + 5
    while any(lives(pid) for pid in started) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(lives(pid) for pid in started)
    assert leftovers(folder) == []
    fake_go(
        tmp_path, monkeypatch, version="go1.26.8", build='printf "#!/bin/sh\\necho 1.2.3" > "$out"; chmod +x "$out"'
    )
    assert build(recipe, Silence(), folder=folder).exists()


def test_a_second_process_waits_for_the_first_and_says_so(folder: Path) -> None:
    heard = Heard()
    entered = threading.Event()

    def second() -> None:
        with exclusive(folder / "tiny.lock", heard, "waiting for the other"):
            entered.set()

    with exclusive(folder / "tiny.lock", Silence(), ""):
        waiter = threading.Thread(target=second)
        waiter.start()
        assert not entered.wait(0.5)
    assert entered.wait(5)
    waiter.join()
    assert heard.texts == ["waiting for the other"]


def test_the_key_follows_everything_that_is_built_and_nothing_else(recipe: GoBuild) -> None:
    others = ({}, {"ldflags": "-w"}, {"package": "./x"}, {"tags": "minimal"}, {"optimised": False})
    keys = {source_key(replace(recipe, **other)) for other in others}
    assert len(keys) == len(others)
    (recipe.module_directory / "main_test.go").write_text("package main\n")
    (recipe.module_directory / "README").write_text("read me")
    assert source_key(recipe) in keys
    for name in ("main.go", "go.mod", "go.sum", "more.go"):
        path = recipe.module_directory / name
        path.write_text((path.read_text() if path.exists() else "") + "\n")
        keys.add(source_key(recipe))
    assert len(keys) == len(others) + 4


def test_the_users_settings_that_would_change_the_program_are_left_out() -> None:
    ours = environment({"GOFLAGS": "-mod=mod", "GOOS": "plan9", "GOPROXY": "https://proxy.example", "HOME": "/h"})
    assert ours == {
        "GOFLAGS": "-mod=readonly",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
        "GOPROXY": "https://proxy.example",
        "HOME": "/h",
    }


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("go1.26", True),
        ("go1.26.8", True),
        ("go1.30.1", True),
        ("go2.0", True),
        ("devel go1.27-3f4a", True),
        ("go1.25.9", False),
        ("go1.9", False),
        ("", False),
    ],
)
def test_go_is_new_enough_from_1_26(version: str, enough: bool) -> None:
    assert is_new_enough(version) is enough


def test_package_names_are_told_from_messages_in_gos_output() -> None:
    names = ["k8s.io/kubernetes/pkg/api", "fmt", "gopkg.in/yaml.v3", "github.com/Azure/go-ansiterm"]
    messages = ["# tiny", "./main.go:3:15: undefined: x", "go: downloading a v1", "FAIL tiny [build failed]"]
    assert [is_package(line) for line in names + messages] == [True] * 4 + [False] * 4


def test_a_failure_shows_the_last_lines_without_package_names_and_the_fix_it_knows() -> None:
    output = "runtime\nfmt\n# tiny\nwrite /x: no space left on device\n"
    message = failure(["go", "build"], Path("/m"), 1, output, Path("/l"))
    assert message.splitlines() == [
        "go build ended with status 1; free disk space, or point GOCACHE, GOMODCACHE and TMPDIR to a larger disk",
        "  command: cd /m && go build",
        "  # tiny",
        "  write /x: no space left on device",
    ]


def test_away_from_a_terminal_progress_is_plain_lines_now_and_then() -> None:
    printed = io.StringIO()
    report = ConsoleReport(Console(file=printed, width=200), every=0.2)
    with report.task("building [x]") as task:
        task.update("too early")
        time.sleep(0.25)
        task.update("7 packages compiled")
    first, second = printed.getvalue().splitlines()
    assert first == "building [x] ..."
    assert second.startswith("building [x], 0.")
    assert second.endswith(": 7 packages compiled")


@pytest.mark.parametrize(("seconds", "text"), [(8.24, "8.2 s"), (59.9, "59.9 s"), (243.2, "4 min 03 s")])
def test_elapsed_time_reads_well(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text


def test_both_programs_have_their_modules_at_hand() -> None:
    for recipe in (builds.ENGINE, builds.CONTROL_PLANE):
        assert (recipe.module_directory / "go.sum").is_file()
        assert recipe.version in recipe.ldflags


def fake_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, version: str, build: str) -> None:
    """Puts a go on PATH that says its version and, asked to build, runs a line of shell (`$out` is the program)."""
    answer = json.dumps(
        {
            "GOVERSION": version,
            "GOOS": "linux",
            "GOARCH": "amd64",
            "GOCACHE": str(tmp_path),
            "GOMODCACHE": str(tmp_path),
        }
    )
    tools = tmp_path / "tools"
    tools.mkdir(exist_ok=True)
    find_out = 'while [ $# -gt 1 ]; do [ "$1" = -o ] && out=$2; shift; done'
    script = f"#!/bin/sh\nif [ \"$1\" = env ]; then echo '{answer}'; exit; fi\n{find_out}\n{build}\n"
    (tools / "go").write_text(script)
    (tools / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
