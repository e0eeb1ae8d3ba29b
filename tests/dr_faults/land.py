"""Three control planes, the wires between them, and the faults that befall them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.dr.harness import REGIONS, WITNESS, Planes, _family, three_planes
from tests.dr_faults.pace import Pace, Struck, first_pace, too_slow
from tests.dr_faults.points import Fault
from tests.dr_faults.wires import Wires

if TYPE_CHECKING:
    from tests.dr_faults.lane import Lane

VERB, AGENTS = "verb", "agents"


class Land:
    """The places with everything that lives in them; what befalls a place befalls every lane."""

    def __init__(self, planes: Planes, wires: Wires, folder: Path, pace: Pace) -> None:
        self.pace = pace
        self.struck: list[Struck] = []
        self.planes = planes
        self.wires = wires
        self.folder = folder
        self.lanes: list[Lane] = []
        self.as_it_began = False
        """Whether there are topologies, with eu as the primary that us follows."""
        self._cut: set[str] = set()
        self._names = 0

    def new_name(self, engine: str) -> str:
        """A namespace for a topology."""
        self._names += 1
        return f"faults-{engine}-{self._names}"

    def port(self, name: str) -> int:
        """Where an API server is, without a wire between."""
        return int(self.planes.running[name].server.rsplit(":", 1)[1])

    def kubeconfig(self, name: str, wire: str) -> Path:
        """The administrator's kubeconfig of a place, over a wire."""
        found = self.folder / f"{wire}.kubeconfig"
        if not found.exists():
            text = self.planes.running[name].kubeconfig.read_text()
            found.touch(mode=0o600)
            found.write_text(re.sub(r"(server: https://127\.0\.0\.1):\d+", rf"\1:{self.wires.ports[wire]}", text))
        return found

    def strike(self, fault: Fault) -> None:
        """Lets it happen. A region is lost or stands still as a whole: control plane, agents and databases.

        Where it stalls, its control plane alone stands still: agents and databases go on without it.
        """
        place = fault.place
        self.struck.append(Struck(place, time.monotonic()))
        if fault.kind == "cut":
            self._cut.add(place)
            self.wires.cut(self._wires_of(place))
            return
        if fault.kind == "stall":
            self.planes.freeze(place)
            return
        for lane in self.lanes:
            lane.region_gone(place)
        if fault.kind == "freeze":
            self.planes.freeze(place)
            for lane in self.lanes:
                lane.signal_agent(place, signal.SIGSTOP)
            return
        for lane in self.lanes:
            lane.kill_agent(place)
        for pid in _family(self.planes.running[place].pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def heal(self, fault: Fault) -> None:
        """Takes it back; a region that was killed starts as another boot."""
        self._heal(fault)
        for one in self.struck:
            if one.place == fault.place and one.ended is None:
                one.ended = time.monotonic()

    def _heal(self, fault: Fault) -> None:
        place = fault.place
        if fault.kind == "cut":
            self._cut.discard(place)
            # Two places may be cut off at once: what comes back must not bring the other's wire back with it.
            still = {wire for one in self._cut for wire in self._wires_of(one)}
            self.wires.mend(wire for wire in self._wires_of(place) if wire not in still)
            return
        if fault.kind == "stall":
            self.planes.thaw(place)
            return
        if fault.kind == "freeze":
            for lane in self.lanes:
                lane.region_back(place, pods_start=0.0)
                lane.signal_agent(place, signal.SIGCONT)
            self.planes.thaw(place)
            return
        before = self.port(place)
        self.planes.revive(place)
        assert self.port(place) == before, "the control plane came back at another port"
        for lane in self.lanes:
            lane.region_back(place, pods_start=self.pace.pods_start)
            if place in REGIONS:
                lane.start_agent(place)

    def too_slow(self, since: float) -> str:
        """Who could not keep the pace since a moment; empty where everybody could."""
        looks = [found for lane in self.lanes for found in lane.looks]
        return too_slow(looks, self.struck, since, grace=self.pace.timing["request_timeout"])

    def clear(self) -> None:
        """Ends every lane, whatever state it is in, and has all three places run and answer."""
        for name in self.planes.running:
            with contextlib.suppress(ProcessLookupError):
                self.planes.thaw(name)
        for lane in self.lanes:
            lane.end()
        self.lanes.clear()
        self._cut.clear()
        self.wires.mend(self.wires.ports)
        self.planes.restore()
        self.struck.clear()
        self.as_it_began = False

    @staticmethod
    def _wires_of(place: str) -> list[str]:
        """A region keeps its own agent when it is cut off; everybody loses a witness."""
        if place == WITNESS:
            return [wire_of(VERB, WITNESS), *(wire_of(AGENTS, WITNESS, region) for region in REGIONS)]
        return [wire_of(VERB, place), wire_of(AGENTS, WITNESS, place)]


def wire_of(who: str, place: str, region: str = "") -> str:
    """Name of a wire."""
    return f"{who}-{region}-{place}" if region else f"{who}-{place}"


@contextlib.contextmanager
def three_places(folder: Path) -> Iterator[Land]:
    """Starts it, and takes it away afterwards."""
    with three_planes(folder) as planes:
        targets = {wire_of(VERB, name): name for name in (*REGIONS, WITNESS)}
        targets |= {wire_of(AGENTS, WITNESS, region): WITNESS for region in REGIONS}
        ports = {wire: int(planes.running[name].server.rsplit(":", 1)[1]) for wire, name in targets.items()}
        with Wires(ports) as wires:
            found = Land(planes, wires, folder, first_pace())
            try:
                yield found
            finally:
                for name in planes.running:
                    with contextlib.suppress(ProcessLookupError):
                        planes.thaw(name)
                for lane in found.lanes:
                    lane.end()
