"""A stand-in for one member of a replica set: MongoDB's wire protocol over TLS, as far as pymongo speaks it to ask.

No MongoDB server is to be had from the project's own files. What is real: pymongo, TLS with a client's certificate, the
messages, the login. What is not: the server. It knows OP_MSG and OP_QUERY, `hello`, SCRAM-SHA-256 (RFC 5802, RFC 7677)
and `replSetGetStatus`, whose answer has the fields that MongoDB's manual documents.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import socketserver
import ssl
import struct
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import bson

_REPLY, _QUERY, _MESSAGE = 1, 2004, 2013
_ITERATIONS = 4096
_SALT = b"sixteen bytes ok"


class Member:
    """What it answers, and who asked."""

    def __init__(self, user: str, password: str) -> None:
        self.user = user
        self.password = password
        self.status: Mapping[str, Any] = {}
        self.commands: list[str] = []
        self.logged_in = 0

    def answer(self, command: dict[str, Any], session: dict[str, Any]) -> dict[str, Any]:
        name = next(iter(command))
        self.commands.append(name)
        if name.lower() in ("hello", "ismaster"):
            return {
                "ismaster": False,
                "secondary": True,
                "setName": "rs0",
                "hosts": ["localhost"],
                "me": "localhost",
                "maxWireVersion": 21,
                "minWireVersion": 0,
                "saslSupportedMechs": ["SCRAM-SHA-256"],
                "ok": 1.0,
            }
        if name == "saslStart":
            return self._first(command, session)
        if name == "saslContinue":
            return self._last(command, session)
        if name == "replSetGetStatus" and session.get("user"):
            return {**self.status, "ok": 1.0}
        if name == "endSessions":
            return {"ok": 1.0}
        return {"ok": 0.0, "code": 13, "codeName": "Unauthorized", "errmsg": "requires authentication"}

    def _first(self, command: dict[str, Any], session: dict[str, Any]) -> dict[str, Any]:
        bare = bytes(command["payload"]).decode().removeprefix("n,,")
        given = dict(one.split("=", 1) for one in bare.split(","))
        session["nonce"] = given["r"] + "server"
        session["name"] = given["n"]
        first = f"r={session['nonce']},s={base64.b64encode(_SALT).decode()},i={_ITERATIONS}"
        session["said"] = f"{bare},{first}"
        return {"conversationId": 1, "done": False, "payload": first.encode(), "ok": 1.0}

    def _last(self, command: dict[str, Any], session: dict[str, Any]) -> dict[str, Any]:
        text = bytes(command["payload"]).decode()
        if not text:
            return {"conversationId": 1, "done": True, "payload": b"", "ok": 1.0}
        without, _, proof = text.rpartition(",p=")
        salted = hashlib.pbkdf2_hmac("sha256", self.password.encode(), _SALT, _ITERATIONS)
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        stored = hashlib.sha256(client_key).digest()
        message = f"{session['said']},{without}".encode()
        signature = hmac.digest(stored, message, "sha256")
        key = bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature, strict=True))
        if session["name"] != self.user or hashlib.sha256(key).digest() != stored:
            return {"ok": 0.0, "code": 18, "codeName": "AuthenticationFailed", "errmsg": "Authentication failed."}
        session["user"] = self.user
        self.logged_in += 1
        server = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256")
        return {"conversationId": 1, "done": True, "payload": b"v=" + base64.b64encode(server), "ok": 1.0}


class _Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        member: Member = self.server.member  # type: ignore[attr-defined]
        session: dict[str, Any] = {}
        with contextlib.suppress(OSError, struct.error):
            while head := self.rfile.read(16):
                length, number, _, kind = struct.unpack("<iiii", head)
                body = self.rfile.read(length - 16)
                if kind == _QUERY:
                    after = body.index(b"\0", 4) + 9
                    reply = bson.encode(member.answer(bson.decode(body[after:]), session))
                    self._send(number, _REPLY, struct.pack("<iqii", 8, 0, 0, 1) + reply)
                    continue
                assert kind == _MESSAGE, f"a message of kind {kind}"
                (size,) = struct.unpack_from("<i", body, 5)
                reply = bson.encode(member.answer(bson.decode(body[5 : 5 + size]), session))
                self._send(number, _MESSAGE, struct.pack("<iB", 0, 0) + reply)

    def _send(self, number: int, kind: int, body: bytes) -> None:
        self.wfile.write(struct.pack("<iiii", len(body) + 16, 0, number, kind) + body)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, member: Member, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.member = member
        self._context = context

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        return self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A handshake that is refused is what some tests want; the client says so."""


@contextlib.contextmanager
def serve(member: Member, folder: Path) -> Iterator[int]:
    """Runs it on loopback, with `tls.crt`, `tls.key` and `ca.crt` of the folder; yields the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    # As a member of the operator's does: whoever has no certificate of the authority is not listened to.
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(folder / "ca.crt")
    with _Server(member, context) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
