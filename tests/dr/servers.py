"""Servers for the lease's stores, on loopback: a real S3 server (moto's), and a stand-in for Cloud Storage."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


@contextmanager
def s3_server() -> Iterator[str]:
    """Moto's S3 server, which honours If-Match and If-None-Match on PUT.

    One request at a time: moto compares and writes in two steps without a lock, so that its threaded server lets two
    conditional writes of one moment both win, which S3 does not.
    """
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
    with _serving(server):
        yield f"http://127.0.0.1:{server.port}"


class _Objects:
    """What the stand-in for Cloud Storage keeps: text and generation by bucket and name."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: dict[tuple[str, str], tuple[bytes, int]] = {}
        self.generation = 1_000

    def upload(self, bucket: str, name: str, body: bytes, match: str | None) -> int | None:
        with self.lock:
            here = self.kept.get((bucket, name), (b"", 0))[1]
            if match is not None and int(match) != here:
                return None
            self.generation += 1
            self.kept[bucket, name] = (body, self.generation)
            return self.generation


@contextmanager
def cloud_storage_stand_in(token: str = "a-token") -> Iterator[str]:
    """A stand-in for two calls of Cloud Storage's JSON API: media upload with `ifGenerationMatch`, media download."""
    objects = _Objects()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path).path.split("/")
            # storage/v1/b/BUCKET/o/NAME
            found = objects.kept.get((unquote(parts[4]), unquote(parts[6])))
            if self._refused():
                return
            if found is None:
                self._answer(404, b"{}")
            else:
                self._answer(200, found[0], {"x-goog-generation": str(found[1])})

        def do_POST(self) -> None:
            url = urlsplit(self.path)
            query = parse_qs(url.query)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self._refused():
                return
            match = query.get("ifGenerationMatch", [None])[0]
            generation = objects.upload(unquote(url.path.split("/")[5]), query["name"][0], body, match)
            if generation is None:
                self._answer(412, b"{}")
            else:
                self._answer(200, json.dumps({"generation": str(generation)}).encode())

        def _refused(self) -> bool:
            if self.headers.get("Authorization") == f"Bearer {token}":
                return False
            self._answer(401, b"{}")
            return True

        def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: the test's own output says what happened."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with _serving(server):
        yield f"http://127.0.0.1:{server.server_address[1]}"


@contextmanager
def _serving(server) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
