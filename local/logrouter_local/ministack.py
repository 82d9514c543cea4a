"""The embedded AWS (ministack): start it with state of its own, and make clients that talk to it and nothing else."""

import shutil
import urllib.request
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from logrouter_local.places import STATE, Ports, aws_environment, clean_environment, tool
from logrouter_local.supervisor import Program


def ministack_program(ports: Ports, folder: Path = STATE / "aws") -> Program:
    """Describe the embedded AWS; its state begins empty in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    scratch = folder / "tmp"
    scratch.mkdir(parents=True)
    environment = clean_environment(
        BIND_HOST="127.0.0.1",
        GATEWAY_PORT=str(ports.aws),
        MINISTACK_REGION="us-east-1",
        S3_DATA_DIR=str(folder / "s3"),
        S3_PERSIST="0",
        STATE_DIR=str(folder / "state"),
        TMPDIR=str(scratch),
        LOG_LEVEL="INFO",
        LAMBDA_ACCOUNT_CONCURRENCY="64",
        LAMBDA_ASYNC_RETRY_BASE_SECONDS="1",
    )
    return Program(
        name="aws",
        title="the embedded AWS (ministack)",
        arguments=[tool("ministack", "ministack")],
        environment=environment,
        folder=folder,
        port=ports.aws,
        is_ready=lambda: _answers(ports),
    )


def client(name: str, ports: Ports) -> Any:
    """Make a boto3 client of the embedded AWS; the caller's own AWS settings are not looked at."""
    settings = aws_environment(ports)
    make: Any = boto3.session.Session().client
    return make(
        name,
        endpoint_url=settings["AWS_ENDPOINT_URL"],
        region_name=settings["AWS_REGION"],
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
        config=Config(proxies={}, retries={"total_max_attempts": 3}, read_timeout=120, s3={"addressing_style": "path"}),
    )


def _answers(ports: Ports) -> bool:
    request = urllib.request.Request(f"http://127.0.0.1:{ports.aws}/_ministack/health")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
