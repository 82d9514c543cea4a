"""Where the local stack lives: folders of the checkout, ports on 127.0.0.1, and a clean environment for children."""

import os
import platform
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
STATE = ROOT / ".local"
BUILD = ROOT / ".aws-sam" / "build"
EVENTS = ROOT / "events"

REGION = "us-east-1"
ACCOUNT = "000000000000"


class PortsError(ValueError):
    """The ports option cannot be read; the message says how it is written."""


@dataclass(frozen=True)
class Ports:
    """The ports of the stack; each child binds to 127.0.0.1 only."""

    aws: int = 4566
    sentry: int = 8078
    langfuse: int = 8079
    slack: int = 8080

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `aws=4600,sentry=8100`; what is not named keeps its default."""
        names = [field.name for field in fields(cls)]
        chosen: dict[str, int] = {}
        for pair in filter(None, text.replace(" ", "").split(",")):
            name, _, number = pair.partition("=")
            if name not in names or not number.isdigit() or not 0 < int(number) < 65_536:
                raise PortsError(
                    f"ports are written as name=number,... with the names {', '.join(names)}; got {pair!r}"
                )
            chosen[name] = int(number)
        ports = cls(**chosen)
        numbers = [getattr(ports, name) for name in names]
        if len(set(numbers)) < len(numbers):
            raise PortsError("two parts of the stack cannot share a port")
        return ports


def tool(environment: str, command: str) -> Path:
    """Return a command of one of the environments that `local/bootstrap.py` makes under `.tools`."""
    path = TOOLS / environment / "bin" / command
    if not path.exists():
        raise FileNotFoundError(f"{path.relative_to(ROOT)} is missing: run `python3 local/bootstrap.py {environment}`")
    return path


def clean_environment(**extra: str) -> dict[str, str]:
    """Return an environment without the caller's AWS, proxy and Python settings, so that nothing leaves the machine."""
    kept = ("HOME", "LANG", "TERM", "USER", "TMPDIR")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment |= {"LC_ALL": "C.UTF-8", "NO_PROXY": "*", "no_proxy": "*", "PYTHONUNBUFFERED": "1"}
    return environment | extra


def aws_environment(ports: Ports) -> dict[str, str]:
    """Return what makes an AWS client talk to the embedded AWS and nothing else; the credentials are dummies."""
    nowhere = str(STATE / "no-such-file")
    return {
        "AWS_ENDPOINT_URL": f"http://localhost:{ports.aws}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def architecture() -> str:
    """Return this machine's architecture in Lambda's words."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"
