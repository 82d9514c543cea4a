"""Take the pictures of docs/images from a real Sentry server (Bugsink) in a headless browser.

    python local/pictures/take.py [folder for the pictures]

Runs the program in `checkout/`, gives what it logged to `forward_errors` as CloudWatch Logs would, and photographs what
Bugsink shows. Needs what `make e2e` needs, and besides it playwright (`pip install playwright`, not among the locked
packages) with a Chromium: `CHROMIUM=/usr/bin/chromium`, or the one of `playwright install chromium`.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from logrouter_local.bugsink import LOGIN, PASSWORD, Bugsink
from logrouter_local.places import ROOT, Ports, clean_environment
from logrouter_local.supervisor import Supervisor

CHECKOUT = Path(__file__).parent / "checkout"
GROUP, STREAM = "/aws/ecs/checkout/application", "checkout/checkout/0d4c1f7e5b9a4c55"
INSTALLED = re.compile(r"/[^\s\"]*?/lib/python3\.\d+/")
"""Where this machine's Python is; a container image has it elsewhere."""

PAGES = {"exceptions": "", "breadcrumbs": "breadcrumbs/"}
WITHOUT_NOTICE = """() => [...document.querySelectorAll("div")].filter(
    each => /^Email is not set up/.test(each.innerText.trim())).forEach(each => each.remove())"""
"""Bugsink's notice about e-mail has nothing to do with what is shown."""


def main() -> None:
    """Write every picture."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    with TemporaryDirectory() as scratch, Supervisor(Path(scratch) / "run") as supervisor:
        server = Bugsink(Ports.read(os.environ.get("LOGROUTER_PORTS", "")), Path(scratch) / "sentry")
        server.prepare()
        server.start(supervisor)
        forward(logged(), server.create_project("checkout"))
        while server.stored_events() < 1 or server.backlog():
            time.sleep(0.1)
        photograph(server, target)


def logged() -> list[str]:
    """Run the shop and return the lines it wrote, with the paths of a container image."""
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "app.py")], check=True, capture_output=True, text=True, env=clean_environment()
    )
    at_home = INSTALLED.sub("/usr/local/lib/python3.13/", done.stdout)
    return at_home.replace(str(CHECKOUT), "/srv/checkout").splitlines()


def forward(lines: list[str], dsn: str) -> None:
    """Give the lines to the function's handler, in a process of its own as Lambda does; raise when one is not sent."""
    now_ms = int(time.time() * 1000)
    document: Mapping[str, Any] = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": GROUP,
        "logStream": STREAM,
        "subscriptionFilters": ["logrouter-errors"],
        "logEvents": [
            {"id": f"{number:056d}", "timestamp": now_ms, "message": line} for number, line in enumerate(lines)
        ],
    }
    handle = "import json, sys; from functions.forward_errors.app import handler; handler(json.load(sys.stdin), None)"
    done = subprocess.run(
        [sys.executable, "-c", handle],
        check=True,
        input=json.dumps(document),
        text=True,
        cwd=ROOT,
        env=clean_environment(SENTRY_DSN=dsn, AWS_REGION="ap-northeast-2", PYTHONPATH=os.environ.get("PYTHONPATH", "")),
        stdout=subprocess.PIPE,
    )
    settled = next(json.loads(line) for line in done.stdout.splitlines() if '"tally"' in line)
    if settled["tally"]["delivered"] != 1:
        raise SystemExit(f"the function settled {settled['tally']}")


def photograph(server: Bugsink, target: Path) -> None:
    """Write the pages of the one issue."""
    issue = server.issues()[0]["id"]
    with browser_page(server) as page:
        for name, tab in PAGES.items():
            page.goto(f"{server.url}/issues/issue/{issue}/event/last/{tab}")
            page.evaluate(WITHOUT_NOTICE)
            path = target / f"sentry-{name}.png"
            page.locator("body").screenshot(path=path)
            print(f"{path}: {path.stat().st_size / 1000:.0f} KB")


@contextmanager
def browser_page(server: Bugsink) -> Iterator[Any]:
    """Yield a page of a headless browser that has logged in."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - an optional tool, named above

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM"), args=["--no-sandbox", "--disable-quic"]
        )
        page = browser.new_page(viewport={"width": 1180, "height": 300})
        page.goto(f"{server.url}/accounts/login/")
        page.fill("input[name=username]", LOGIN)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_load_state("networkidle")
        yield page
        browser.close()


if __name__ == "__main__":
    main()
