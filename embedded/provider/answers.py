"""Results of the provider's operations as the protocol's messages."""

from __future__ import annotations

from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2, struct_pb2

from embedded.provider.differences import Change, Difference
from embedded.provider.live import secret_outputs
from embedded.provider.objects import path_text
from embedded.provider.protocol import provider_pb2, status_pb2
from embedded.provider.resources import HalfDoneError
from embedded.provider.values import Path, decode_value, encode

_KINDS = {
    Change.ADDED: (provider_pb2.PropertyDiff.ADD, provider_pb2.PropertyDiff.ADD_REPLACE),
    Change.REMOVED: (provider_pb2.PropertyDiff.DELETE, provider_pb2.PropertyDiff.DELETE_REPLACE),
    Change.CHANGED: (provider_pb2.PropertyDiff.UPDATE, provider_pb2.PropertyDiff.UPDATE_REPLACE),
}


def marked(value: dict[str, Any], input_secrets: set[Path]) -> struct_pb2.Struct:
    """Outputs, in which everything that was secret in the inputs is marked secret, and the values of a Secret are."""
    return encode(value, secret_outputs(value, input_secrets))


def has_namespace(inputs: struct_pb2.Struct) -> bool:
    metadata = decode_value(inputs.fields["metadata"]) if "metadata" in inputs.fields else None
    return isinstance(metadata, dict) and bool(metadata.get("namespace"))


def failed(field: str, reason: str) -> provider_pb2.CheckResponse:
    """A refusal of inputs, which the engine prints beside the resource."""
    return provider_pb2.CheckResponse(failures=[provider_pb2.CheckFailure(property=field, reason=reason)])


def difference(found: Difference) -> provider_pb2.DiffResponse:
    """The changed fields with their paths as the official provider writes them."""
    response = provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if found.changes else provider_pb2.DiffResponse.DIFF_NONE,
        hasDetailedDiff=True,
        deleteBeforeReplace=found.delete_before_replace,
    )
    for path, change in found.changes.items():
        text = path_text(path)
        response.detailedDiff[text].kind = _KINDS[change][path in found.replaces]
        response.detailedDiff[text].inputDiff = True
        if path in found.replaces:
            response.replaces.append(text)
    response.diffs.extend(dict.fromkeys(str(path[0]) for path in found.changes))
    return response


def unimplemented(context: grpc.ServicerContext, name: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the stand-in Kubernetes provider has no {name}")


def abort_half_done(context: grpc.ServicerContext, error: HalfDoneError) -> NoReturn:
    """Fails the step, but has the engine keep the object in the state, so that the next run goes on with it."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=error.id,
        properties=marked(error.outputs, error.inputs.secrets),
        inputs=encode(error.inputs.value, error.inputs.secrets),
        reasons=[str(error)],
    )
    packed = any_pb2.Any()
    packed.Pack(detail)
    code = grpc.StatusCode.FAILED_PRECONDITION
    status = status_pb2.Status(code=code.value[0], message=str(error), details=[packed])
    # gRPC carries the details of an error under this name.
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, str(error))
