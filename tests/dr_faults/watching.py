"""Every version of every database's custom resource, as the API servers give them out, and what they show together.

A watch misses nothing: after a broken connection it goes on from the last version it saw. A server that was killed and
started anew may know only the newest; a specification that was missed then counts as a gap. So what is judged here is
each state that was ever written, not samples of it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import urllib3

from dbaas_components.dr.failover.site import Reading, Site, reading_of
from dbaas_components.dr.guards import Writes

_SILENCE = urllib3.Timeout(connect=2.0, read=20.0)


@dataclass(frozen=True, slots=True)
class Seen:
    """One version of one region's custom resource, or what became of the region."""

    at: float
    """When it arrived, on this machine's monotonic clock."""
    region: str
    reading: Reading | None
    """None where the region's machines were taken away or came back."""
    alive: bool = True


@dataclass
class Journal:
    """What was seen of one database in both regions, in the order of arrival."""

    entries: list[Seen] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, seen: Seen) -> None:
        with self.lock:
            self.entries.append(seen)

    def gone(self, region: str) -> None:
        """Its machines stand still or are off, the databases' too."""
        self.add(Seen(time.monotonic(), region, None, alive=False))

    def back(self, region: str) -> None:
        """They go on."""
        self.add(Seen(time.monotonic(), region, None))

    def copy(self) -> list[Seen]:
        with self.lock:
            return list(self.entries)


class Watcher:
    """Follows one custom resource until it is stopped."""

    def __init__(self, site: Site, journal: Journal) -> None:
        self._site = site
        self._journal = journal
        self._version = ""
        self.stop = threading.Event()
        self.gaps = 0
        """How often a specification was missed, because a server that started anew did not know of it."""
        self._anew = False
        self._generation = 0

    def has(self, version: str) -> bool:
        """Whether that version, or a later one, was seen."""
        return int(self._version or 0) >= int(version)

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self._follow()
            except (urllib3.exceptions.HTTPError, OSError):
                self.stop.wait(0.1)

    def _follow(self) -> None:
        client: Any = self._site.cluster.client  # type: ignore[attr-defined]
        folder, _, name = self._site.path().rpartition("/")
        query = {"watch": "1", "fieldSelector": f"metadata.name={name}", "allowWatchBookmarks": "true"}
        if self._version:
            query["resourceVersion"] = self._version
        headers = {"Accept": "application/json"}
        for setting in client.configuration.auth_settings().values():
            headers[setting["key"]] = setting["value"]
        answer = client.rest_client.pool_manager.request(
            "GET",
            f"{client.configuration.host}{folder}?{'&'.join(f'{key}={value}' for key, value in query.items())}",
            headers=headers,
            timeout=_SILENCE,
            retries=False,
            preload_content=False,
        )
        try:
            if answer.status != 200:
                raise OSError(f"the server answered {answer.status}")
            self._read(answer)
        finally:
            # Not back into the pool: the stream is not at its end.
            answer.close()

    def _read(self, answer: Any) -> None:
        rest = b""
        for chunk in answer.stream(65_536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if self.stop.is_set() or not self._take(json.loads(line)):
                    return

    def _take(self, event: dict[str, Any]) -> bool:
        if event["type"] == "ERROR":
            # A server that started anew knows nothing of before: it is asked for what there is now.
            self._version, self._anew = "", True
            return False
        metadata = event["object"]["metadata"]
        self._version = str(metadata["resourceVersion"])
        if event["type"] != "BOOKMARK":
            if self._anew and int(metadata["generation"]) > self._generation + 1:
                self.gaps += 1
            self._anew, self._generation = False, int(metadata["generation"])
            reading = reading_of(self._site.engine, event["object"])
            self._journal.add(Seen(time.monotonic(), self._site.region, reading))
        return True


def orders_of(entries: Iterable[Seen], region: str) -> list[Reading]:
    """The versions in which a region's last order became another one."""
    found: list[Reading] = []
    for one in entries:
        reading = one.reading
        if one.region != region or reading is None or not reading.order:
            continue
        if not found or (found[-1].order, found[-1].orders, found[-1].epoch) != (
            reading.order,
            reading.orders,
            reading.epoch,
        ):
            found.append(reading)
    return found


def epochs_of_two(entries: Sequence[Seen]) -> list[str]:
    """Epochs under which more than one region was ever opened: has to be empty."""
    opened: dict[int, set[str]] = {}
    for one in entries:
        reading = one.reading
        if reading is None or reading.order != "open":
            continue
        if reading.says_primary and not reading.paused:
            opened.setdefault(reading.epoch, set()).add(one.region)
    return [f"epoch {epoch}: {', '.join(sorted(who))}" for epoch, who in sorted(opened.items()) if len(who) > 1]


@dataclass(frozen=True, slots=True)
class Overlap:
    """A time in which both regions' custom resources were those of a database that takes writes."""

    began: float
    seconds: float
    came_back: str
    """The region whose machines had stood still or been off for longer than any lease; empty where none had."""


def overlaps(entries: Sequence[Seen]) -> list[Overlap]:
    """Every such time. Pure."""
    takes: dict[str, bool] = {}
    alive: dict[str, bool] = {}
    came_back: dict[str, bool] = {}
    began: float | None = None
    blamed = ""
    found: list[Overlap] = []
    for one in entries:
        if one.reading is None:
            came_back[one.region] = one.alive and not alive.get(one.region, True)
            alive[one.region] = one.alive
        else:
            takes[one.region] = one.reading.writes is Writes.OPEN
            if not takes[one.region]:
                came_back[one.region] = False
        open_now = [region for region, yes in takes.items() if yes and alive.get(region, True)]
        if len(open_now) > 1 and began is None:
            began = one.at
            blamed = next((region for region in open_now if came_back.get(region)), "")
        elif len(open_now) < 2 and began is not None:
            found.append(Overlap(began, one.at - began, blamed))
            began = None
    if began is not None:
        found.append(Overlap(began, entries[-1].at - began, blamed))
    return found


def first_order_after(entries: Sequence[Seen], region: str, moment: float) -> Reading | None:
    """The first other order that a region's custom resource got after a moment; None where it got none."""
    before = orders_of([one for one in entries if one.at <= moment], region)
    everything = orders_of(entries, region)
    return everything[len(before)] if len(everything) > len(before) else None
