"""The generated Pulumi protocol modules, loaded without running `import pulumi`.

The provider is started once per cluster and run, and needs a dozen of the SDK's some 300 modules. Importing the package
the usual way would cost it 0.3 s of CPU time at each start, more than everything else it imports.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING

# As the SDK does for itself: without it a message holds a hundred levels, and definitions of cert-manager have more.
# Another build of protobuf has no such switch, and then such a definition is refused.
with contextlib.suppress(ImportError):
    from google._upb._message import SetAllowOversizeProtos  # pyright: ignore[reportMissingImports]

    SetAllowOversizeProtos(True)

if TYPE_CHECKING:
    from pulumi.runtime.proto import (
        engine_pb2,
        engine_pb2_grpc,
        plugin_pb2,
        provider_pb2,
        provider_pb2_grpc,
        resource_pb2,
        resource_pb2_grpc,
        status_pb2,
    )
else:

    def _generated_modules() -> types.ModuleType:
        spec = importlib.util.find_spec("pulumi")
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError("the Python package pulumi is not installed beside the stand-in provider")
        folder = Path(spec.submodule_search_locations[0], "runtime", "proto")
        name = f"{__name__}_generated"
        package = types.ModuleType(name, "Pulumi's generated protocol modules, found by path")
        package.__path__ = [str(folder)]
        sys.modules[name] = package
        return package

    _package = _generated_modules()
    engine_pb2 = importlib.import_module(f"{_package.__name__}.engine_pb2")
    engine_pb2_grpc = importlib.import_module(f"{_package.__name__}.engine_pb2_grpc")
    plugin_pb2 = importlib.import_module(f"{_package.__name__}.plugin_pb2")
    provider_pb2 = importlib.import_module(f"{_package.__name__}.provider_pb2")
    provider_pb2_grpc = importlib.import_module(f"{_package.__name__}.provider_pb2_grpc")
    resource_pb2 = importlib.import_module(f"{_package.__name__}.resource_pb2")
    resource_pb2_grpc = importlib.import_module(f"{_package.__name__}.resource_pb2_grpc")
    status_pb2 = importlib.import_module(f"{_package.__name__}.status_pb2")

__all__ = [
    "engine_pb2",
    "engine_pb2_grpc",
    "plugin_pb2",
    "provider_pb2",
    "provider_pb2_grpc",
    "resource_pb2",
    "resource_pb2_grpc",
    "status_pb2",
]
