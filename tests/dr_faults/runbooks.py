"""Every `dbaas dr` command of the runbooks, carried out on three control planes in the order in which a person would.

The commands are read out of the pages and run as they stand there, in a folder with the topology's document, with a
terminal that answers their questions. Lines of `kubectl` are in kubectl_lines.py.
"""

from __future__ import annotations

import os
import pty
import re
import shlex
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.dr_faults.judging import missing
from tests.dr_faults.land import Land
from tests.dr_faults.lane import Lane
from tests.dr_faults.points import TARGET, Fault
from tests.dr_faults.processes import command_line

_FOLDER = Path(__file__).parents[2] / "docs" / "runbooks" / "dr"
_EU_LOST = Fault("cut", "eu")
# Where a page says that a command stops and what a person does then.
_STOPS = {
    "pxc": {'switchover us --lag "3 s"', 'failback --lag "3 s"', "rejoin eu", "rejoin eu --rebuild orders"},
    "ps": {'switchover us --lag "3 s"', 'failback --lag "3 s"', "rejoin eu", "rejoin eu --rebuild orders"},
    "pg": {"rejoin eu"},
    "psmdb": {"rejoin eu"},
}


def commands(engine: str, verb: str) -> list[str]:
    """The commands of a page, without `dbaas dr`."""
    text = (_FOLDER / f"{engine}-{verb}.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line.removeprefix("dbaas dr ") for line in lines if line.startswith("dbaas dr ")]


def page(land: Land, verb: str) -> None:
    """The pages of one verb, of all engines at the same time."""
    with ThreadPoolExecutor(len(land.lanes)) as several:
        if verb == "failover":
            land.strike(_EU_LOST)
        try:
            list(several.map(lambda lane: typed_out(lane, verb), land.lanes))
        finally:
            if verb == "failover":
                land.heal(_EU_LOST)
        list(several.map(lambda lane: settled(lane, verb), land.lanes))


def typed_out(lane: Lane, verb: str) -> None:
    """The page from its first command to its last."""
    found = commands(lane.engine, verb)
    assert found, "the page has no commands"
    stopped = False
    for command in found:
        code, words = typed(lane, command)
        print(f"{lane.engine}: dbaas dr {command}: {code}")
        expected = 1 if command in _STOPS[lane.engine] else 0
        if verb == "gameday" and command == 'gameday us --lag "3 s"':
            expected = 1
        assert code == expected, f"{lane.engine}: dbaas dr {command}\n{words}\nagents: {lane.said()}"
        stopped = code == 1
        while verb == "gameday" and stopped:
            # The page: it stops after each fence; go on with the last position.
            assert "measure it now" in words, words
            code, words = typed(lane, 'gameday us --lag "0 s"')
            stopped = code == 1
        if code == 1:
            assert any(one in words for one in ("measure it now", "--rebuild orders", "--seeded")), words


def typed(lane: Lane, command: str) -> tuple[int | None, str]:
    """Types a command at a terminal and answers yes; its exit code and what it said."""
    terminal, its_end = pty.openpty()
    output = lane.folder / "output.txt"
    try:
        answers = "orders\ny\n" if "--force-reconfiguration" in command else "y\n"
        os.write(terminal, answers.encode())
        arguments = (["dr", *shlex.split(command)], lane.folder, os.ttyname(its_end), output)
        process = lane.context.Process(target=command_line, args=arguments)
        process.start()
        process.join(lane.pace.patience)
        process.kill()
    finally:
        os.close(terminal)
        os.close(its_end)
    return process.exitcode, output.read_text()


def settled(lane: Lane, verb: str) -> None:
    """Waits until everything is as the page's verb leaves it."""
    until = time.monotonic() + lane.pace.patience
    while words := missing(lane, verb, TARGET[verb]):
        assert time.monotonic() < until, f"{lane.engine} after {verb}: {words}; agents: {lane.said()}"
        time.sleep(0.3)
