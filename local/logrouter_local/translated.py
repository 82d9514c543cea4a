"""The template as CloudFormation gets it: after the SAM transform, with code locations as `sam package` writes them.

`python -m logrouter_local.translated [FILE]` writes JSON, for scanners that know more of CloudFormation than of SAM.
"""

import copy
import json
import os
import sys
from pathlib import Path
from typing import Any

TEMPLATE = Path("template.yaml")
CODE_PLACES = ("CodeUri", "ContentUri", "DefinitionUri")


class _NoManagedPolicies:
    """The template names no managed policy, so there is nothing to load from AWS."""

    def load(self) -> dict[str, str]:
        return {}


def translate(template: dict[str, Any], region: str = "ap-northeast-2") -> dict[str, Any]:
    """Return the CloudFormation template that SAM makes of `template`, which stays as it is."""
    from samtranslator.translator.transform import transform  # noqa: PLC0415 - slow to import

    packaged = copy.deepcopy(template)
    for resource in packaged["Resources"].values():
        for place in CODE_PLACES:
            if place in resource.get("Properties", {}):
                resource["Properties"][place] = "s3://bucket/key"
    os.environ.setdefault("AWS_DEFAULT_REGION", region)
    translated: dict[str, Any] = transform(packaged, {}, _NoManagedPolicies())
    return translated


def read_template(path: Path = TEMPLATE) -> dict[str, Any]:
    """Read a template with CloudFormation's short forms (`!Ref`)."""
    from samtranslator.yaml_helper import yaml_parse  # noqa: PLC0415 - slow to import

    parsed: dict[str, Any] = yaml_parse(path.read_text("utf-8"))
    return parsed


def main() -> None:
    """Write the translated template to the file named, or to standard output."""
    text = json.dumps(translate(read_template()), indent=2)
    if len(sys.argv) > 1:
        target = Path(sys.argv[1])
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
