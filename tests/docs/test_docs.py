"""The documentation says what is there: links lead somewhere, parameters, targets and metrics are described."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from logrouter.settings import Settings

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page names a file or folder of the project, and its heading where it names one."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        if not linked.exists() or (heading and heading not in headings(linked)):
            broken.append(target)

    assert broken == []


def headings(page: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_every_parameter_is_described() -> None:
    """The first-day guide has a row for each parameter of the template, and no other."""
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/deploy.md").read_text("utf-8"), re.MULTILINE)

    assert set(rows) == set(template["Parameters"])


def test_every_setting_is_described() -> None:
    """docs/settings.md names each variable that a function reads, and no other."""
    page = (ROOT / "docs/settings.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[^|]+) \|", page, re.MULTILINE)
    families = [Settings]
    for family in families:
        families += family.__subclasses__()  # those of those too: the list grows while it is gone through
    read = {declared.metadata["variable"] for family in families for declared in fields(family)}

    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == read


def test_the_readme_counts_the_alarms() -> None:
    """Each alarm is paid for, so the number in the cost table is that of the template."""
    template = (ROOT / "template.yaml").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")

    assert int(re.search(r"(\d+) alarms", readme)[1]) == template.count("Type: AWS::CloudWatch::Alarm\n")


def test_every_make_target_is_described() -> None:
    """`make help` shows each target that a person may call."""
    text = (ROOT / "Makefile").read_text("utf-8")
    phony = set(re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE).group(1).split())

    assert set(re.findall(r"^([a-z0-9-]+):.*## ", text, re.MULTILINE)) == phony


def test_every_metric_is_described() -> None:
    """Each metric that the code counts stands in a table of the guides."""
    code = "".join(
        path.read_text("utf-8")
        for folder in ("layers/core/logrouter", "functions")
        for path in (ROOT / folder).rglob("*.py")
    )
    pages = "".join(page.read_text("utf-8") for page in PAGES)
    counted = set(re.findall(r"\.count\(\s*\"([A-Z]\w+)\"", code))

    assert len(counted) > 10
    assert {metric for metric in counted if f"`{metric}`" not in pages} == set()


def test_alarm_descriptions_link_to_real_pages() -> None:
    """A page and heading that an alarm names exists."""
    text = (ROOT / "template.yaml").read_text("utf-8")
    for page, heading in re.findall(r"see (docs/[\w-]+\.md)(?:#([\w-]+))?", text):
        assert (ROOT / page).exists(), page
        assert not heading or heading in headings(ROOT / page), heading


def test_the_readme_is_short() -> None:
    """A newcomer reads it to the end."""
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) < 110


def test_nothing_names_a_machine_or_an_index() -> None:
    """No page or source holds an absolute path of somebody's machine or the host of a package index."""
    hosts = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian")
    paths = re.compile(r"(?<![\w.$/-])/(?:root|home/[a-z]+|work)/\w")
    suffixes = {".py", ".md", ".toml", ".yaml", ".json", ".txt", ".html"}
    skipped = {".venv", ".tools", ".local", ".aws-sam", ".git", ".hypothesis"}
    found = []
    for path in ROOT.rglob("*"):
        if path.suffix not in suffixes or skipped & set(path.relative_to(ROOT).parts) or path == Path(__file__):
            continue
        text = path.read_text("utf-8", "replace")
        if hosts.search(text) or ("tests" not in path.parts and "events" not in path.parts and paths.search(text)):
            found.append(path.relative_to(ROOT).as_posix())

    assert found == []
