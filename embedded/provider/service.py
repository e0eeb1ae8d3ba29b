"""The gRPC service that the engine calls; see `resources` for what the calls on plain objects do."""

# ruff: noqa: ARG002 - gRPC calls every method with a request and a context
from __future__ import annotations

import functools
import importlib.metadata
import json
import os
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import empty_pb2, struct_pb2

from embedded.provider import answers, checks, configuration, helm, releases
from embedded.provider.cluster import Cluster, ExistsError
from embedded.provider.differences import compare
from embedded.provider.discovery import KindMissingError
from embedded.provider.host import Host
from embedded.provider.kubeconfig import KubeconfigError
from embedded.provider.objects import parse_id, parse_token
from embedded.provider.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc
from embedded.provider.resources import HalfDoneError, RefusedError, Resource, Resources
from embedded.provider.rest import ApiError, UnreachableError
from embedded.provider.values import decode, decode_value, encode
from embedded.provider.waits import WaitError

_EXPECTED = (RefusedError, ExistsError, KindMissingError, WaitError, UnreachableError, KubeconfigError)

_Method = TypeVar("_Method", bound=Callable[..., Any])


def _answers(method: _Method) -> _Method:
    """Turns what can go wrong for a user into one message; a programming mistake keeps its traceback."""

    @functools.wraps(method)
    def call(self: KubernetesProvider, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except HalfDoneError as error:
            answers.abort_half_done(context, error)
        except _EXPECTED as error:
            # The engine takes this code for a failure that left nothing half done.
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        except ApiError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"the API server refused: {error}")

    return call  # type: ignore[return-value]


class KubernetesProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Package `kubernetes`, for one cluster. Safe to call from many threads once it is configured."""

    def __init__(self, host: Host, environment: Mapping[str, str] = os.environ) -> None:
        self._host = host
        self._environment = environment
        self._cancelled = Event()
        self._resources: Resources | None = None

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, supports_autonaming_configuration=True)

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=_version())

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        schema = {"name": "kubernetes", "version": _version(), "description": "stand-in without typed resources"}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            configuration.parse(decode(request.news).value, self._environment)
        except ValueError as error:
            failure = provider_pb2.CheckFailure(property="renderYamlToDirectory", reason=str(error))
            return provider_pb2.CheckResponse(failures=[failure])
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        olds = request.old_inputs if request.HasField("old_inputs") else request.olds
        changed, replaces = configuration.changes(decode(olds).value, decode(request.news).value, self._environment)
        some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=some, diffs=changed, replaces=replaces)

    @_answers
    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        settings = configuration.parse(decode(request.args).value, self._environment)
        if settings.ignored:
            self._host.debug(f"settings the stand-in Kubernetes provider ignores: {', '.join(settings.ignored)}")
        connection = settings.connection(self._environment)
        cluster = Cluster(connection, upsert=settings.upsert, force=settings.force)
        version = cluster.version()
        self._resources = Resources(cluster, self._host, self._cancelled)
        self._host.info(f"stand-in Kubernetes provider in use, for this machine only: {connection}, {version}")
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    @_answers
    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        token = parse_token(request.type)
        if request.type == helm.RELEASE:
            return self._checked_release(request)
        fields = request.news.fields
        shown = {key: fields[key].string_value for key in ("apiVersion", "kind", "items") if key in fields}
        if reason := checks.refused_type(token, shown):
            return answers.failed("", reason)
        if "metadata" in fields and checks.is_settled(
            decode_value(fields["metadata"]), token, request.news.SerializeToString
        ):
            return provider_pb2.CheckResponse(inputs=request.news)
        naming = request.autonaming if request.HasField("autonaming") else None
        if naming and naming.mode == provider_pb2.CheckRequest.AutonamingOptions.DISABLE:
            return answers.failed("metadata.name", "is required, because automatic naming is turned off; give a name")
        olds = decode(request.olds).value
        proposed = naming.proposed_name if naming else None
        try:
            inputs = checks.checked(token, request.name, decode(request.news), olds, proposed, request.randomSeed)
        except ValueError as error:
            return answers.failed("metadata.generateName", str(error))
        return provider_pb2.CheckResponse(inputs=encode(inputs.value, inputs.secrets))

    @_answers
    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        default = self._configured().cluster.connection.namespace
        if request.old_inputs == request.news and (
            request.type == helm.RELEASE
            or parse_id(request.id)[0] in ("", default)
            or answers.has_namespace(request.news)
        ):
            return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE, hasDetailedDiff=True)
        old, new = decode(request.old_inputs).value, decode(request.news).value
        if request.type == helm.RELEASE:
            return answers.difference(releases.compare(old, new))
        return answers.difference(compare(request.id, old, new, default))

    @_answers
    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        inputs = decode(request.properties)
        resource = Resource(request.urn, parse_token(request.type))
        if request.type == helm.RELEASE:
            return self._recorded_release(request)
        if request.preview:
            live = self._configured().preview_create(resource, inputs)
            properties = request.properties if live is None else answers.marked(live, inputs.secrets)
            return provider_pb2.CreateResponse(properties=properties)
        identifier, live = self._configured().create(resource, inputs, request.timeout)
        return provider_pb2.CreateResponse(id=identifier, properties=answers.marked(live, inputs.secrets))

    @_answers
    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        news = decode(request.news)
        resource = Resource(request.urn, parse_token(request.type))
        if request.type == helm.RELEASE:
            return provider_pb2.UpdateResponse(properties=self._record(request, request.news))
        olds, ignored = decode(request.olds).value, list(request.ignoreChanges)
        if request.preview:
            live = self._configured().preview_update(resource, request.id, olds, news, ignored)
            properties = request.news if live is None else answers.marked(live, news.secrets)
            return provider_pb2.UpdateResponse(properties=properties)
        live = self._configured().update(resource, request.id, olds, news, ignored, request.timeout)
        return provider_pb2.UpdateResponse(properties=answers.marked(live, news.secrets))

    @_answers
    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        if request.type == helm.RELEASE:
            if not request.HasField("inputs"):
                raise RefusedError(helm.refusal(request.type))
            return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)
        inputs = decode(request.inputs) if request.HasField("inputs") else None
        resource = Resource(request.urn, parse_token(request.type))
        state = decode(request.properties).value
        found = self._configured().read(resource, request.id, state, inputs.value if inputs else None)
        if found is None:
            return provider_pb2.ReadResponse()
        identifier, live, live_inputs = found
        secrets = inputs.secrets if inputs else set()
        return provider_pb2.ReadResponse(
            id=identifier, properties=answers.marked(live, secrets), inputs=answers.marked(live_inputs, secrets)
        )

    @_answers
    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        if request.type != helm.RELEASE:
            resource = Resource(request.urn, parse_token(request.type))
            state = decode(request.properties).value
            self._configured().delete(resource, request.id, state, request.timeout)
        return empty_pb2.Empty()

    @_answers
    def Construct(self, request: Any, context: grpc.ServicerContext) -> Any:
        if request.type != helm.CHART or not helm.records(self._environment):
            raise RefusedError(
                helm.refusal(request.type) if request.type == helm.CHART else helm.overlay_refusal(request.type)
            )
        urn = releases.register_chart(request)
        self._host.info(f"{request.name}: {helm.RECORDED}", urn)
        return provider_pb2.ConstructResponse(urn=urn, state=struct_pb2.Struct())

    @_answers
    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        raise RefusedError(helm.overlay_refusal(f"the function {request.tok}"))

    @_answers
    def Call(self, request: Any, context: grpc.ServicerContext) -> Any:
        raise RefusedError(helm.overlay_refusal(f"the method {request.tok}"))

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._cancelled.set()
        return empty_pb2.Empty()

    def Parameterize(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        answers.unimplemented(context, "Parameterize")

    def Attach(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        answers.unimplemented(context, "Attach")

    def List(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        answers.unimplemented(context, "List")

    def GetMapping(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        answers.unimplemented(context, "GetMapping")

    def GetMappings(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        answers.unimplemented(context, "GetMappings")

    def _configured(self) -> Resources:
        if self._resources is None:
            raise RefusedError("the stand-in Kubernetes provider was called before it was configured")
        return self._resources

    def _checked_release(self, request: Any) -> Any:
        if not helm.records(self._environment):
            return answers.failed("", helm.refusal(request.type))
        news, olds = decode(request.news), decode(request.olds).value
        named = releases.named(news.value, olds, request.name, request.randomSeed)
        return provider_pb2.CheckResponse(inputs=encode(named, news.secrets))

    def _recorded_release(self, request: Any) -> Any:
        properties = self._record(request, request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=properties)
        outputs = decode(properties).value
        return provider_pb2.CreateResponse(id=f"{outputs['namespace']}/{outputs['name']}", properties=properties)

    def _record(self, request: Any, inputs: struct_pb2.Struct) -> struct_pb2.Struct:
        decoded = decode(inputs)
        namespace = self._configured().cluster.connection.namespace
        self._host.info(f"{helm.chart_name(decoded.value)}: {helm.RECORDED}", request.urn)
        return encode(helm.recorded_release(decoded.value, namespace), decoded.secrets)


def _version() -> str:
    """The version of the SDK that is installed, marked: the engine warns of a provider older than the program's SDK."""
    return f"{importlib.metadata.version('pulumi-kubernetes')}+stand-in"
