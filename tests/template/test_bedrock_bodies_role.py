"""What trace_llm may read of the bucket of Bedrock's large bodies: that, by choice of the operator, and nothing else."""

from typing import Any

import pytest

from logrouter.adapters.offloaded_bodies import S3Bodies
from logrouter.policy.log_groups import matches
from logrouter.stages.llm.offloaded import STREAM, Reference

ACCOUNT, ID = "123456789012", "7a1f0e52-0000-4000-8000-0123456789ab"
OWN_ACCOUNT = {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}


def filled(template: Any, **values: str) -> str:
    """Return a `Fn::Sub` with its names filled in."""
    text: str = template["Fn::Sub"]
    for name, value in {"AWS::Partition": "aws", "AWS::AccountId": ACCOUNT, **values}.items():
        text = text.replace("${" + name + "}", value)
    return text


def statements(policy: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["Sid"]: each for each in policy["Properties"]["PolicyDocument"]["Statement"]}


def test_the_operators_choice(template: dict[str, Any], translated: dict[str, Any]) -> None:
    """Without the name of a bucket there is no such policy, and the function follows nothing."""
    bodies, key = (translated["Resources"][name] for name in ("BedrockBodiesPolicy", "BedrockBodiesKeyPolicy"))
    variables = translated["Resources"]["TraceLlm"]["Properties"]["Environment"]["Variables"]

    assert template["Parameters"]["BedrockBodiesBucket"]["Default"] == ""
    assert (bodies["Condition"], key["Condition"]) == ("FollowsBodies", "HasBodiesKey")
    assert bodies["Properties"]["Roles"] == key["Properties"]["Roles"] == [{"Ref": "TraceLlmRole"}]
    assert {name: variables[name] for name in variables if "BEDROCK" in name} == {
        "BEDROCK_BODIES_BUCKET": {"Ref": "BedrockBodiesBucket"},
        "BEDROCK_BODIES_PREFIX": {"Ref": "BedrockBodiesPrefix"},
        "BEDROCK_LOG_GROUPS": {"Ref": "BedrockLogGroups"},
    }


def test_least_privilege(translated: dict[str, Any]) -> None:
    """It may get objects under Bedrock's folder of this account, see whether one is there, and open them through S3."""
    bodies = statements(translated["Resources"]["BedrockBodiesPolicy"])
    key = statements(translated["Resources"]["BedrockBodiesKeyPolicy"])

    assert {sid: each["Action"] for sid, each in bodies.items()} == {
        "ReadsBodies": ["s3:GetObject"],
        "TellsAbsentFromForbidden": ["s3:ListBucket"],
    }
    assert [each["Condition"] for each in bodies.values()] == [OWN_ACCOUNT, OWN_ACCOUNT]
    assert key["OpensBodies"] == {
        "Sid": "OpensBodies",
        "Effect": "Allow",
        "Action": ["kms:Decrypt"],
        "Resource": {"Ref": "BedrockBodiesKeyArn"},
        "Condition": {"StringEquals": {"kms:ViaService": {"Fn::Sub": "s3.${AWS::Region}.amazonaws.com"}}},
    }


@pytest.mark.parametrize(("place", "prefix"), [(1, "logs/bedrock"), (2, "")])
def test_what_is_asked_for_is_allowed(translated: dict[str, Any], place: int, prefix: str) -> None:
    """The call that the code makes is one that the role allows, with a prefix and without one."""
    resource = statements(translated["Resources"]["BedrockBodiesPolicy"])["ReadsBodies"]["Resource"]["Fn::If"][place]
    allowed = filled(resource, BedrockBodiesBucket="large", BedrockBodiesPrefix=prefix)
    folder = f"{prefix}/" if prefix else ""
    path = f"s3://large/{folder}AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/us-east-1/2026/11/20/01/data/{ID}_input.json.gz"
    asked: list[str] = []

    class Client:
        """Knows the one call there is a permission for."""

        def get_object(self, **arguments: str) -> None:
            asked.append("arn:aws:s3:::{Bucket}/{Key}".format(**arguments))
            raise TimeoutError

    bodies = S3Bodies(
        "large", prefix, log_groups=("*",), make_client=Client, clock=_Clock(), count=lambda *args, **facts: None
    )
    bodies.fetch([Reference("input", path, ACCOUNT, "/aws/bedrock/x", STREAM, "us-east-1", ID, 0)], 10)

    assert asked == [path.replace("s3://", "arn:aws:s3:::")]
    assert matches(allowed, asked[0])


class _Clock:
    def now_s(self) -> float:
        return 0.0

    def monotonic_s(self) -> float:
        return 0.0

    def chance(self) -> float:
        return 0.0

    def token(self) -> str:
        return "0" * 16
