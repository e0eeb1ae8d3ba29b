"""The way back to the engine: messages that it prints beside the resource they are about."""

from __future__ import annotations

import sys

import grpc

from embedded.provider.protocol import engine_pb2, engine_pb2_grpc


class Host:
    """Sends messages to the engine that started this provider; prints them to stderr where there is none."""

    def __init__(self, address: str | None) -> None:
        self._engine = None
        if address:
            self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def debug(self, message: str, urn: str = "") -> None:
        self._send(engine_pb2.DEBUG, message, urn)

    def info(self, message: str, urn: str = "") -> None:
        self._send(engine_pb2.INFO, message, urn)

    def warning(self, message: str, urn: str = "") -> None:
        self._send(engine_pb2.WARNING, message, urn)

    def status(self, message: str, urn: str) -> None:
        """A line that stands beside the resource only while the operation goes on."""
        self._send(engine_pb2.INFO, message, urn, ephemeral=True)

    def _send(
        self, severity: engine_pb2.LogSeverity.ValueType, message: str, urn: str, ephemeral: bool = False
    ) -> None:
        if self._engine is None:
            print(message, file=sys.stderr)
            return
        request = engine_pb2.LogRequest(severity=severity, message=message, urn=urn, ephemeral=ephemeral)
        try:
            self._engine.Log(request, timeout=5)
        except grpc.RpcError as error:
            # The engine is going away. What was to be said must not break the operation that said it.
            print(f"{message} (not sent to the engine: {error})", file=sys.stderr)
