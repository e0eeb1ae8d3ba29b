"""What only a provider or another stack knows is answered by the caller, or is one clear error."""

from __future__ import annotations

import gc

import pulumi
import pulumi_kubernetes as k8s
import pytest
from pulumi import ResourceOptions

from dbaas_components.evaluate import EvaluationError, Question, Secret, UnansweredError, evaluate

ZONES = "aws:index/getAvailabilityZones:getAvailabilityZones"


def ask_for_zones() -> None:
    result = pulumi.runtime.invoke_output(ZONES, {"state": "available"})
    pulumi.export("zones", result.apply(lambda value: value["names"]))


def test_a_function_is_answered_by_a_mapping_or_a_function():
    asked: list[Question] = []

    def answer(question: Question) -> dict[str, object]:
        asked.append(question)
        return {"names": ["a", "b"]}

    assert evaluate(ask_for_zones, invokes={ZONES: {"names": ["a"]}}).exports == {"zones": ["a"]}
    assert evaluate(ask_for_zones, invokes={ZONES: answer}).exports == {"zones": ["a", "b"]}
    assert evaluate(ask_for_zones, invokes={"*": answer}).exports == {"zones": ["a", "b"]}
    assert asked[0].token == ZONES
    assert asked[0].inputs == {"state": "available"}


def test_a_synchronous_call_is_answered_as_well():
    def program() -> None:
        pulumi.export("zones", pulumi.runtime.invoke(ZONES, {}).value["names"])

    assert evaluate(program, invokes={ZONES: {"names": ["a"]}}).exports == {"zones": ["a"]}


def test_a_secret_in_an_answer_stays_secret():
    graph = evaluate(ask_for_zones, invokes={ZONES: {"names": Secret("hunter2")}})
    assert graph.secret_exports == ("zones",)


def test_an_unanswered_function_is_named_with_how_to_answer_it():
    with pytest.raises(
        UnansweredError, match=rf'calls the function "{ZONES}".*pass evaluate\(\.\.\., invokes='
    ) as caught:
        evaluate(ask_for_zones)
    assert caught.value.token == ZONES


def test_an_answer_that_is_no_mapping_is_refused():
    with pytest.raises(EvaluationError, match="is a list; give a mapping of property to value"):
        evaluate(ask_for_zones, invokes={ZONES: lambda _question: ["a"]})  # pyright: ignore[reportArgumentType]


def read_namespace() -> None:
    namespace = k8s.core.v1.Namespace.get("existing", "shop")
    pulumi.export("label", namespace.metadata.labels["owner"])


NAMESPACE = "kubernetes:core/v1:Namespace"


def test_a_read_is_answered_and_marked_as_a_read():
    graph = evaluate(read_namespace, reads={NAMESPACE: {"metadata": {"name": "shop", "labels": {"owner": "team"}}}})
    namespace = graph.one("Namespace")
    assert graph.exports == {"label": "team"}
    assert namespace.read
    assert namespace.id == "shop"
    assert namespace.urn == "urn:pulumi:dev::project::kubernetes:core/v1:Namespace::existing"
    assert "read: shop" in graph.text()


def test_an_unanswered_read_is_named_with_how_to_answer_it():
    with pytest.raises(UnansweredError, match=rf'reads "existing" \({NAMESPACE}, id "shop"\).*reads='):
        evaluate(read_namespace)


def refer_to_a_stack() -> None:
    stack = pulumi.StackReference("organization/network/prod")
    pulumi.export("vpc", stack.require_output("vpc"))
    pulumi.export("token", stack.get_output("token"))
    pulumi.export("missing", stack.get_output("missing"))


def test_a_stack_reference_gives_the_exports_and_keeps_secrets_secret():
    exports = {"vpc": "vpc-1", "token": Secret("hunter2")}
    graph = evaluate(refer_to_a_stack, stack_references={"organization/network/prod": exports})
    assert graph.exports["vpc"] == "vpc-1"
    assert graph.exports["token"] == Secret("hunter2")
    assert graph.exports.get("missing") is None
    assert "hunter2" not in graph.text()


def test_a_stack_may_be_referred_to_in_short():
    def program() -> None:
        pulumi.export("vpc", pulumi.StackReference("prod").get_output("vpc"))

    references = {"organization/project/prod": {"vpc": "vpc-1"}}
    assert evaluate(program, stack_references=references).exports == {"vpc": "vpc-1"}


# The SDK's StackReference leaves coroutines behind when the reference fails, under the CLI too.
@pytest.mark.filterwarnings("ignore:coroutine 'Output:RuntimeWarning")
def test_an_unknown_stack_is_named_with_how_to_answer_it():
    with pytest.raises(UnansweredError, match=r'refers to the stack "organization/network/prod".*stack_references='):
        evaluate(refer_to_a_stack)
    gc.collect()  # so that they are destroyed, and complain, here


def test_outputs_of_a_provider_are_added_to_the_inputs():
    class Bucket(pulumi.CustomResource):
        arn: pulumi.Output[str]

        def __init__(self, name: str) -> None:
            super().__init__("aws:s3/bucket:Bucket", name, {"region": "eu", "arn": None})

    def program() -> None:
        bucket = Bucket("backups")
        pulumi.export("bucket", [bucket.id, bucket.arn])

    answers = {"aws:s3/bucket:Bucket": lambda question: {"id": "b-1", "arn": f"arn:{question.name}"}}
    for dry_run in (False, True):
        graph = evaluate(program, outputs=answers, dry_run=dry_run)
        assert graph.exports == {"bucket": ["b-1", "arn:backups"]}
        assert graph.one("Bucket").outputs == {"region": "eu", "arn": "arn:backups"}
        assert graph.one("Bucket").id == "b-1"


def test_a_component_built_by_a_plugin_is_there_without_its_children():
    class Remote(pulumi.ComponentResource):
        url: pulumi.Output[str]

        def __init__(self, name: str) -> None:
            super().__init__("eks:index:Cluster", name, {"url": None}, ResourceOptions(), remote=True)

    def program() -> None:
        pulumi.export("url", Remote("r").url)

    graph = evaluate(program, outputs={"eks:index:Cluster": {"url": "https://cluster"}})
    assert graph.one("Cluster").remote
    assert graph.exports == {"url": "https://cluster"}
