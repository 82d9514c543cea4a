"""The deployment description as data: as written, and as CloudFormation gets it."""

from pathlib import Path
from typing import Any

import pytest

from logrouter_local.translated import read_template, translate

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    """`template.yaml` as written."""
    return read_template(ROOT / "template.yaml")


@pytest.fixture(scope="session")
def translated(template: dict[str, Any]) -> dict[str, Any]:
    """The template after the SAM transform."""
    return translate(template)


@pytest.fixture(scope="session")
def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Logical id to properties of every function."""
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
