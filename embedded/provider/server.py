"""Runs the service on a free loopback port for as long as the engine that started it lives."""

from __future__ import annotations

import contextlib
import os
import time
from concurrent.futures import ThreadPoolExecutor

import grpc

from embedded.provider.host import Host
from embedded.provider.protocol import provider_pb2_grpc
from embedded.provider.service import KubernetesProvider

_THREADS = 256
"""Threads are made as calls come. There are many, because objects may all be waiting for one whose call comes last."""
_MESSAGE_BYTES = 400 * 1024 * 1024
"""The engine's own limit for one message (Pulumi 3.246, `rpcutil.MaxRPCMessageSize`)."""
_WATCH_SECONDS = 2.0


def serve(engine_address: str | None) -> None:
    """Serves until the engine goes away; prints the port as the one line on standard output that the engine expects."""
    # Asked first of all: an engine that is killed while this starts would otherwise pass for its own successor.
    engine = os.getppid()
    options = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)]
    server = grpc.server(ThreadPoolExecutor(max_workers=_THREADS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(KubernetesProvider(Host(engine_address)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    # An engine that was killed cannot stop its plugins; without this they would stay for good.
    # The engine interrupts its plugins when it is done with them: the ordinary end, not worth a traceback in its log.
    with contextlib.suppress(KeyboardInterrupt):
        while os.getppid() == engine:
            time.sleep(_WATCH_SECONDS)
    server.stop(grace=None)
