"""A program that misbehaves costs bounded time, learns nothing, reaches nothing, and gets a clear verdict."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dbaas_components.diff.evaluating import Limits, evaluate_side
from dbaas_components.diff.failures import DiffError
from dbaas_components.diff.running import Options, build_report
from dbaas_components.diff.sources import copied, find_source
from dbaas_components.diff.writing import FORMATS, written

pytestmark = pytest.mark.slow

MADE = 'pulumi.CustomResource("kubernetes:core/v1:ConfigMap", {name!r}, {{"metadata": {{"name": {name!r}}}}})\n'


def project(folder: Path, program: str) -> Path:
    # Evaluated beside an empty home, as a copy is.
    place = folder / "dbaas-diff-test" / "project"
    place.mkdir(parents=True)
    (place / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (place / "Pulumi.dev.yaml").write_text("config: {}\n")
    (place / "__main__.py").write_text(f"import os, pulumi\n{program}")
    return place


def refusal(folder: Path, program: str, **limits: float) -> str:
    place = project(folder, program)
    with pytest.raises(DiffError) as caught:
        evaluate_side(place, "dev", "head", b"k" * 32, sys.executable, Limits(**limits))  # type: ignore[arg-type]
    return str(caught.value)


def isolated(folder: Path) -> bool:
    """Whether this machine lets a program be cut off; where it does not, the report says so."""
    place = project(folder / "probe", "")
    found = evaluate_side(place, "dev", "head", b"k" * 32, sys.executable, Limits())
    return not any("NOT" in words for words in found.isolation)


def told(folder: Path, expression: str) -> str:
    """What an expression gives inside the program."""
    return refusal(folder, f"raise RuntimeError(repr({expression}))\n")


def test_a_program_that_loops_is_stopped_in_time(tmp_path: Path) -> None:
    began = time.monotonic()
    assert "does not come to an end" in refusal(tmp_path, "while True: pass\n", seconds=4)
    assert time.monotonic() - began < 60


def test_a_program_that_uses_too_much_cpu_is_stopped(tmp_path: Path) -> None:
    assert "of CPU" in refusal(tmp_path, "while True: pass\n", seconds=40, cpu_seconds=3)


def test_a_program_that_starts_others_without_end_is_stopped_with_all_of_them(tmp_path: Path) -> None:
    if not isolated(tmp_path):
        pytest.skip("this machine does not let a program have a space of processes of its own")
    mark = secrets.token_hex(16)
    program = f"""
import sys, time
for _ in range(20):
    if os.fork() == 0:
        os.setsid()
        os.execv(sys.executable, [sys.executable, "-S", "-c", "import time; time.sleep(600)", {mark!r}])
time.sleep(600)
"""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(refusal, tmp_path, program, seconds=20)
        most = 0
        while not waiting.done():
            most = max(most, processes_with(mark))
            time.sleep(0.1)
    assert "does not come to an end" in waiting.result()
    assert most > 0
    assert processes_with(mark) == 0


def processes_with(mark: str) -> int:
    found = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found += mark.encode() in path.read_bytes()
    return found


@pytest.mark.parametrize("memory", ["bytearray(b'x' * 2**26)", "shared()"])
def test_processes_that_take_too_much_memory_together_are_stopped(tmp_path: Path, memory: str) -> None:
    if not isolated(tmp_path):
        pytest.skip("this machine does not let a program have a space of processes of its own")
    program = f"""
import mmap, time
def shared():
    made = mmap.mmap(-1, 2**26)
    made.write(b"x" * 2**26)
    return made
for _ in range(9):
    if os.fork() == 0:
        break
kept = [{memory} for _ in range(6)]
time.sleep(600)
"""
    said = refusal(tmp_path, program, memory_bytes=2 * 2**30, seconds=100)
    assert "its processes took more than 2048 MiB of memory" in said


def test_a_program_that_fills_the_disk_with_files_fills_its_own_alone(tmp_path: Path) -> None:
    if not isolated(tmp_path):
        pytest.skip("this machine does not let a program have a disk of its own")
    program = "for n in range(100):\n  open(f'f{n}', 'wb').write(b'x' * 2**22)\n"
    assert "No space left" in refusal(tmp_path, program, disk_bytes=2**24)
    assert "No space left" in refusal(tmp_path / "many", "for n in range(200_000): open(f'n{n}', 'w').close()\n")


def test_a_program_that_takes_all_memory_is_told_so(tmp_path: Path) -> None:
    assert "more memory" in refusal(tmp_path, "a = bytearray(8 * 2**30)\n")


def test_a_program_that_writes_without_end_is_stopped(tmp_path: Path) -> None:
    program = "f = open('big', 'wb')\nwhile True: f.write(b'x' * 2**20)\n"
    assert "File too large" in refusal(tmp_path, program, file_bytes=8 * 2**20)


def test_a_program_sees_no_variable_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "hunter2")
    assert "hunter2" not in told(tmp_path, "dict(os.environ)")
    if isolated(tmp_path):
        read = f"open('/proc/{os.getpid()}/environ').read()"
        assert "FileNotFoundError" in refusal(tmp_path / "other", f"{read}\n")


def test_a_program_writes_nowhere_but_into_its_own_folder(tmp_path: Path) -> None:
    if not isolated(tmp_path):
        pytest.skip("this machine does not let a program have mounts of its own")
    for number, place in enumerate((tmp_path / "outside", Path("/proc/sys/kernel/core_pattern"))):
        said = refusal(tmp_path / str(number), f"open({str(place)!r}, 'w')\n")
        assert "Read-only" in said or "Permission" in said
    assert not (tmp_path / "outside").exists()


def test_a_program_reads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    if not isolated(tmp_path):
        pytest.skip("this machine does not let a program have mounts of its own")
    other = tmp_path / "other" / "secret.txt"
    other.parent.mkdir()
    other.write_text("hunter2")
    for number, place in enumerate((other, Path("/etc/shadow"), Path("/proc/1/root" + str(other)))):
        said = refusal(tmp_path / str(number), f"raise ValueError(open({str(place)!r}).read())\n")
        assert "FileNotFoundError" in said or "PermissionError" in said
        assert "hunter2" not in said
    seen = told(tmp_path / "seen", "sorted(os.listdir('/'))")
    assert not {"home", "root", "run", "var", "srv", "mnt"} & set(re.findall(r"\w+", seen)) - _own_folders()


def _own_folders() -> set[str]:
    """The first folder of each path that an interpreter has its parts in: they are there, and nothing else in them."""
    return {Path(one).parts[1] for one in (*sys.path, sys.prefix, sys.base_prefix) if len(Path(one).parts) > 1}


def test_a_change_cannot_hide_a_file_from_its_review(tmp_path: Path) -> None:
    place = project(tmp_path, "import hidden\n")
    (place / "hidden.py").write_text("raise ValueError('was run')\n")
    (place / ".gitattributes").write_text("hidden.py export-ignore\n")
    (place / "out").symlink_to("/etc")
    (place / "in").symlink_to("Pulumi.yaml")
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        subprocess.run(["git", "-C", str(place), *command], check=True)
    with copied(find_source("HEAD", place)) as copy:
        assert sorted(one.name for one in copy.iterdir()) == [
            *(".gitattributes", "Pulumi.dev.yaml", "Pulumi.yaml", "__main__.py", "hidden.py", "in"),
        ]
        assert (copy / "in").read_text() == (place / "Pulumi.yaml").read_text()


def test_a_program_has_no_network_no_rights_and_no_way_to_more(tmp_path: Path) -> None:
    if not isolated(tmp_path):
        pytest.skip("this machine does not let a program have a network of its own")
    connect = "__import__('socket').create_connection(('127.0.0.1', 9), 2)"
    assert "Error" in refusal(tmp_path, f"{connect}\n")
    interfaces = "[n for _, n in __import__('socket').if_nameindex()]"
    assert told(tmp_path / "interfaces", interfaces).endswith("['lo']")
    rights = "[l for l in open('/proc/self/status') if l.startswith(('CapEff', 'CapBnd'))]"
    assert told(tmp_path / "rights", rights).count("0000000000000000") == 2
    assert "-1" in told(tmp_path / "users", "__import__('ctypes').CDLL(None).unshare(0x10000000)")


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import nothing_like_it\n", "needs the module 'nothing_like_it'"),
        ("raise SystemExit(0)\n", "ended itself with the code 0"),
        ("os._exit(0)\n", "wrote no graph"),
        ("raise ValueError('\\x1b[2Jgone')\n", "ValueError: \\u001b[2Jgone"),
        ("print('{}'); raise ValueError('after')\n", "ValueError: after"),
        ("def broken(:\n", "SyntaxError"),
    ],
)
def test_a_program_that_fails_gets_one_clear_verdict(tmp_path: Path, program: str, words: str) -> None:
    said = refusal(tmp_path, program)
    assert words in said
    assert "Traceback" not in said
    assert "\x1b" not in said


def test_names_made_to_deceive_are_escaped_in_every_form(tmp_path: Path) -> None:
    name = "<img src=x>\x1b[31m@everyone|[a](https://evil.example)"
    base = project(tmp_path / "base", MADE.format(name="plain"))
    head = project(tmp_path / "head", MADE.format(name="plain") + MADE.format(name=name))
    options = Options("dev", tmp_path, None, 60, sys.executable, cache=False)
    report = build_report(str(base), str(head), options)
    assert len(report.changes) == 1
    for form in FORMATS:
        out = written(report, form)
        assert "\x1b" not in out
        if form == "markdown":
            assert "<img" not in out
            assert "@everyone" not in out


def test_a_link_out_of_the_project_leads_to_nothing_that_can_be_written(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("mine")
    base = project(tmp_path / "base", "open('link', 'w').write('theirs')\n")
    (base / "link").symlink_to(target)
    options = Options("dev", tmp_path, None, 60, sys.executable, cache=False)
    if not isolated(tmp_path):
        pytest.skip("this machine does not let a program have mounts of its own")
    with pytest.raises(DiffError):
        build_report(str(base), str(base), options)
    assert target.read_text() == "mine"


@pytest.mark.parametrize("module", ["sitecustomize.py", "contextlib.py"])
def test_a_module_of_the_project_does_not_run_before_the_program_is_cut_off(tmp_path: Path, module: str) -> None:
    place = project(tmp_path, "")
    outside = tmp_path / "outside"
    # With a library of its own the project's folder is on PYTHONPATH.
    (place / "dbaas_components").mkdir()
    (place / "dbaas_components" / "__init__.py").touch()
    (place / module).write_text(f"open({str(outside)!r}, 'w')\n")
    with pytest.raises(DiffError):
        evaluate_side(place, "dev", "head", b"k" * 32, sys.executable, Limits())
    assert not outside.exists()


def test_a_program_that_kills_its_group_gets_a_verdict(tmp_path: Path) -> None:
    assert "was stopped" in refusal(tmp_path, "os.kill(0, 9)\n")
