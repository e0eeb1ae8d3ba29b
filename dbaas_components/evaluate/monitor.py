"""The resource monitor of an evaluation: it takes the SDK's requests as the engine would, and writes them down."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from pulumi.runtime.mocks import MockMonitor

from dbaas_components.evaluate import kubernetes, wire
from dbaas_components.evaluate.answers import Answers, Question
from dbaas_components.evaluate.errors import DuplicateUrnError, EvaluationError
from dbaas_components.evaluate.values import UNKNOWN

STACK_TYPE = "pulumi:pulumi:Stack"
_STACK_REFERENCE = "pulumi:pulumi:StackReference"
_STASH = "pulumi:index:Stash"
_GET_RESOURCE = "pulumi:pulumi:getResource"


@dataclass(slots=True)
class Registration:
    """One request as it came, with what the engine adds to it from the parent."""

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    read: bool
    id: str
    # The message's bytes take a fraction of the memory of the message; most are never looked at again.
    request: bytes
    protect: bool | None
    retain_on_delete: bool | None
    deleted_with: str
    provider: str
    place: str
    outputs: bytes | None = None


class RecordingMonitor(MockMonitor):
    """Records every registration of one program.

    It derives from the SDK's own `MockMonitor`, so that it speaks the protocol of whichever SDK is installed, and
    replaces all that touches resources: the mock keeps only the last parent in a URN, overwrites on a duplicate, drops
    outputs and never sees options.
    """

    def __init__(self, project: str, stack: str, organization: str, dry_run: bool, answers: Answers) -> None:
        super().__init__(cast("Any", None))  # mocks answer only what is replaced below
        # The project and stack are kept here: in SDKs before 3.272 a monitor called from a thread saw the defaults.
        self._project = project
        self._stack = stack
        self._organization = organization
        self._dry_run = dry_run
        self._answers = answers
        self._lock = threading.Lock()
        self.registrations: dict[str, Registration] = {}
        self.transforms = 0
        self.error: EvaluationError | None = None

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The engine's URN: the types of all parents except the stack, joined by `$` (pkg/resource/urn in 3.246)."""
        parent_type = parent.split("::", 3)[2] if parent else ""
        chain = f"{parent_type}${type_}" if parent_type and parent_type != STACK_TYPE else type_
        return f"urn:pulumi:{self._stack}::{self._project}::{chain}::{name}"

    def RegisterResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        place = _place(request)
        # The stack trace is most of a request's size and tells the path of every file on the way.
        request.ClearField("stackTrace")
        parent = self.registrations.get(request.parent)
        registration = Registration(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            custom=request.custom,
            read=False,
            id="",
            request=request.SerializeToString(),
            protect=request.protect if request.HasField("protect") else parent and parent.protect,
            retain_on_delete=(
                request.retainOnDelete if request.HasField("retainOnDelete") else parent and parent.retain_on_delete
            ),
            deleted_with=request.deletedWith or (parent.deleted_with if parent else ""),
            provider=_provider(request, parent),
            place=place,
        )
        self._record(registration)
        if not request.custom and not request.remote:
            return wire.registered(urn=urn)
        outputs = self._outputs(registration, request)
        identifier = outputs.pop("id", None)
        if request.custom:
            registration.id = self._identifier(registration, request, outputs, identifier)
        struct = wire.encode_struct(outputs) if outputs else None
        if struct is not None:
            registration.outputs = struct.SerializeToString()
        if self._dry_run or wire.mentions_unknown(registration.request):
            # Otherwise the SDK takes every input for an output of the same name, without the copy; but in a dry run it
            # takes none, and from an unknown input it would make None.
            struct = wire.merged(request.object, struct)
        # What a provider computes and nobody answered is unknown, as in a preview; the SDK would make None of it.
        late = request.custom and not self._answers.covers_outputs(registration.type)
        return wire.registered(urn=urn, id=registration.id, object=struct, unknown=late)

    def RegisterResourceOutputs(self, request: Any) -> Any:
        registration = self.registrations.get(request.urn)
        if registration is not None:
            registration.outputs = request.outputs.SerializeToString()
        return wire.empty()

    def ReadResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        question = Question(
            token=request.type,
            inputs=wire.decode_struct(request.properties),
            name=request.name,
            urn=urn,
            id=request.id,
        )
        place = _place(request)
        request.ClearField("stackTrace")
        registration = Registration(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            custom=True,
            read=True,
            id=request.id,
            request=request.SerializeToString(),
            protect=None,
            retain_on_delete=None,
            deleted_with="",
            provider=request.provider,
            place=place,
        )
        self._record(registration)
        properties: Mapping[str, Any]
        if request.type == _STACK_REFERENCE:
            properties = self._answers.to_stack_reference(request.id, self._organization, self._project)
        else:
            properties = self._answers.to_read(question)
        struct = wire.encode_struct(properties)
        registration.outputs = struct.SerializeToString()
        return wire.message("ReadResourceResponse", urn=urn, properties=struct)

    def ExistsResource(self, request: Any) -> Any:
        question = Question(token=request.type, inputs={}, id=request.id)
        return wire.message("ExistsResourceResponse", exists=bool(self._answers.to_read(question)))

    def Invoke(self, request: Any) -> Any:
        inputs = wire.decode_struct(request.args)
        if request.tok == _GET_RESOURCE:
            return self._invoked(self._state_of(inputs["urn"]))
        return self._invoked(self._answers.to_invoke(Question(token=request.tok, inputs=inputs)))

    def Call(self, request: Any) -> Any:
        """A method of a resource; answered like a function of its provider."""
        question = Question(token=request.tok, inputs=wire.decode_struct(request.args))
        return self._invoked(self._answers.to_invoke(question))

    def RegisterStackTransform(self, request: Any) -> Any:  # noqa: ARG002 - the protocol's signature
        self.transforms += 1
        return wire.empty()

    def RegisterStackInvokeTransform(self, request: Any) -> Any:  # noqa: ARG002 - the protocol's signature
        self.transforms += 1
        return wire.empty()

    def RegisterResourceHook(self, request: Any) -> Any:  # noqa: ARG002 - the protocol's signature
        """An evaluation never calls a hook. Here, because mocks such as those of the SDK 3.246 do not know them."""
        return wire.empty()

    def RegisterErrorHook(self, request: Any) -> Any:  # noqa: ARG002 - the protocol's signature
        return wire.empty()

    def _record(self, registration: Registration) -> None:
        with self._lock:
            first = self.registrations.setdefault(registration.urn, registration)
        if first is not registration:
            self.error = self.error or DuplicateUrnError(
                registration.urn, registration.name, (first.place, registration.place)
            )
            raise self.error

    def _outputs(self, registration: Registration, request: Any) -> dict[str, Any]:
        answered: dict[str, Any] = {}
        if self._answers.outputs:
            question = Question(
                token=registration.type,
                inputs=wire.decode_struct(request.object),
                name=registration.name,
                urn=registration.urn,
            )
            answered = dict(self._answers.outputs_of(question))
        if registration.type == _STASH:  # kept by the engine itself, which gives back what it was given
            answered.setdefault("output", wire.decode_struct(request.object).get("input"))
        if kubernetes.is_object(registration.type) and "metadata" not in answered:
            metadata = request.object.fields.get("metadata")
            given: Mapping[str, Any] = {} if metadata is None else metadata.struct_value.fields
            if "name" not in given and (metadata is None or metadata.HasField("struct_value")):
                known = {key: wire.decode(value) for key, value in given.items()}
                answered["metadata"] = {**known, "name": kubernetes.object_name(registration.urn, registration.name)}
        return answered

    def _identifier(self, registration: Registration, request: Any, outputs: Mapping[str, Any], given: Any) -> str:
        if given is not None:
            return str(given)
        if request.importId:
            return request.importId
        if self._dry_run:
            return ""  # the SDK takes an empty identifier for an unknown one, as in a preview
        if kubernetes.is_object(registration.type):
            metadata = outputs.get("metadata")
            if metadata is None:
                fields = request.object.fields["metadata"].struct_value.fields
                metadata = {key: wire.decode(fields[key]) for key in ("name", "namespace") if key in fields}
            known = kubernetes.identifier(metadata)
            if known is not None:
                return known
        return f"{registration.name}-id"

    def _state_of(self, urn: str) -> dict[str, Any]:
        registration = self.registrations.get(urn)
        if registration is None:
            raise EvaluationError(f'the program looks up "{urn}", which it has not registered')
        state = wire.decode_struct(wire.parse_request("RegisterResourceRequest", registration.request).object)
        return {"urn": urn, "id": registration.id or UNKNOWN, "state": state}

    @staticmethod
    def _invoked(result: Mapping[str, Any]) -> Any:
        return wire.message("ResourceInvokeResponse", **{"return": wire.encode_struct(result)})


def _provider(request: Any, parent: Registration | None) -> str:
    if request.provider or parent is None:
        return request.provider
    # As `inheritFromParent` in pkg/resource/deploy/source_eval.go (3.246): the parent's own provider, for its package.
    package = request.type.partition(":")[0]
    component = not request.custom and not request.remote
    return parent.provider if component or f":providers:{package}::" in parent.provider else ""


def _place(request: Any) -> str:
    """Where the program declares the resource, `file:line`."""
    position = request.sourcePosition
    path = unquote(urlsplit(str(position.uri)).path)
    return f"{path}:{position.line}" if path else ""
