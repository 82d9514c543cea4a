"""docs/scanning.md: its commands can be typed, its role allows what scan calls, its documents are read."""

import json
import re
import shlex
from pathlib import Path

from logrouter_cli.main import build_parser
from logrouter_cli.scan import command as scan
from logrouter_cli.scan.accepted import Accepted

PAGE = (Path(__file__).parents[2] / "docs" / "scanning.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_every_command_can_be_typed():
    """Each `logrouter scan ...` of the page is understood."""
    text = PAGE.replace(".venv/bin/logrouter", "logrouter").replace("--metric\n          --policy", "--metric --policy")
    commands = re.findall(r"logrouter (scan [^\n`>#]+)", text)
    parser = build_parser([scan.COMMAND])

    parsed = [parser.parse_args(shlex.split(command)) for command in commands]

    assert len(parsed) >= 6
    assert all(given.files or given.group or given.archive for given in parsed)


def test_the_list_of_accepted_findings_is_read():
    """The example of the page accepts what it says."""
    document = next(json.loads(block) for block in blocks("json") if "accepted" in block)

    assert Accepted(document).covers("email", ["/aws/ecs/newsletter/application"], "recipient")


def test_the_role_allows_every_call():
    """The role has an action for each operation of scan and of its policy in force, and no other but decryption."""
    document = next(json.loads(block) for block in blocks("json") if "Statement" in block)
    actions = [statement["Action"] for statement in document["Statement"]]
    allowed = {action for each in actions for action in ([each] if isinstance(each, str) else each)}
    house = Path(scan.__file__).parents[1]
    rooms = [*(house / "scan").glob("*.py"), *(house / "reading").glob("*.py")]
    code = "".join(path.read_text() for path in rooms)
    called = set(re.findall(r"(?:_client|client\(\"\w+\"\))\.([a-z]+_[a-z_0-9]+)\(", code))

    assert called == {
        "describe_log_groups",
        "filter_log_events",
        "list_tags_for_resource",
        "list_objects_v2",
        "get_object",
        "put_metric_data",
    }
    assert allowed == {
        "logs:DescribeLogGroups",
        "logs:ListTagsForResource",
        "logs:FilterLogEvents",
        "s3:ListBucket",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:ListBucketVersions",
        "kms:Decrypt",
        "cloudwatch:PutMetricData",
    }
