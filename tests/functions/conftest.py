"""Holds every function test to least privilege: what the code asks of AWS has to be in the function's role."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from sys import _getframe
from typing import Any

import pytest
from botocore.client import BaseClient

from logrouter_local.translated import read_template

ROOT = Path(__file__).parent.parent.parent
ADAPTERS = str(ROOT / "layers/core/logrouter")
ACTIONS = {
    "SendMessageBatch": {"sqs:SendMessage"},
    "ChangeMessageVisibilityBatch": {"sqs:ChangeMessageVisibility"},
    "ListObjectsV2": {"s3:ListBucket"},
    "ListObjectVersions": {"s3:ListBucketVersions"},
    "HeadObject": {"s3:GetObject"},
    "CopyObject": {"s3:GetObject", "s3:PutObject"},
    "Invoke": {"lambda:InvokeFunction"},
}
"""Operations whose IAM actions have other names (Service Authorization Reference, checked 2026-11-20)."""
ITEM_ACTIONS = {"ConditionCheck": "ConditionCheckItem"}


@cache
def allowed(function: str) -> frozenset[str]:
    """The actions that the function's role allows, those of policies attached to it included."""
    name = "".join(part.title() for part in function.split("_")) + "Role"
    resources = read_template(ROOT / "template.yaml")["Resources"]
    attached = [
        resource["Properties"]
        for resource in resources.values()
        if resource["Type"] == "AWS::IAM::Policy" and {"Ref": name} in resource["Properties"]["Roles"]
    ]
    actions: set[str] = set()
    for policy in [*resources.get(name, {"Properties": {"Policies": []}})["Properties"]["Policies"], *attached]:
        for statement in policy["PolicyDocument"]["Statement"]:
            listed = statement["Action"]
            actions.update([listed] if isinstance(listed, str) else listed)
    return frozenset(actions)


def needed(service: str, operation: str, arguments: dict[str, Any]) -> set[str]:
    """The actions that one call needs."""
    if operation == "TransactWriteItems":
        kinds = {kind for item in arguments["TransactItems"] for kind in item}
        return {f"dynamodb:{ITEM_ACTIONS.get(kind, f'{kind}Item')}" for kind in kinds}
    return ACTIONS.get(operation, {f"{service}:{operation}"})


def is_ours() -> bool:
    """True when the call comes from the shared package, not from the test itself."""
    frame = _getframe(2)
    while frame is not None:
        if frame.f_code.co_filename.startswith(ADAPTERS):
            return True
        frame = frame.f_back
    return False


@pytest.fixture(autouse=True)
def least_privilege(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test of `test_<function>.py`, or one that names a `FUNCTION`, that calls what the role does not allow."""
    function = getattr(request.module, "FUNCTION", request.path.stem.removeprefix("test_"))
    asked: set[str] = set()
    call = BaseClient._make_api_call

    def recorded(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if is_ours():
            asked.update(needed(client.meta.service_model.service_name, operation, arguments))
        return call(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", recorded)
    yield
    if (ROOT / "functions" / function).is_dir():
        assert asked <= allowed(function)
