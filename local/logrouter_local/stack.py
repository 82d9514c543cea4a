"""The whole local stack: embedded AWS, Sentry, Langfuse and Slack receivers, and the real template deployed to it."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from logrouter.policy.load import load_policy
from logrouter_local import artifacts
from logrouter_local.bugsink import Bugsink
from logrouter_local.ministack import client, ministack_program
from logrouter_local.places import STATE, Ports, aws_environment
from logrouter_local.progress import Progress
from logrouter_local.receivers import LANGFUSE_KEYS, TITLES, receiver_program
from logrouter_local.supervisor import StackError, Supervisor, check_port

ENVIRONMENT = "local"
FUNCTIONS = (
    "ForwardErrors",
    "TraceLlm",
    "ArchivePlan",
    "ArchiveWindow",
    "ArchiveVerify",
    "GovernLogGroups",
    "Notify",
    "ReconcileLlm",
    "ReplayFailed",
)

LOCAL_POLICY: Mapping[str, Any] = {
    "version": "local",
    # A demo cannot wait 90 days: the first tier is the Glacier class, and small objects go there too.
    "archive": {"tiers": [{"id": "warm", "storage_class": "GLACIER_IR", "at_least_bytes": 0}]},
    # So small that the samples pass it.
    "budgets": {"rules": [{"id": "demo", "description": "A demo may cost a cent.", "daily_usd": 0.01, "warn_at": [1]}]},
}
"""What differs from the packaged policy in a local run, put into the policy bucket as a team would."""


@dataclass
class Stack:
    """A running stack.

    Args:
        outputs: outputs of the deployed template.
        functions: logical id to the deployed function's name.
    """

    ports: Ports
    supervisor: Supervisor
    sentry: Bugsink
    outputs: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)

    def aws(self, service: str) -> Any:
        """Return a client of the embedded AWS."""
        return _client(service, self.ports)

    def invoke(self, function: str, event: object, *, qualifier: str = "live") -> Any:
        """Invoke a deployed function and wait; raise `StackError` when it fails."""
        answer = self.aws("lambda").invoke(
            FunctionName=self.functions[function], Qualifier=qualifier, Payload=json.dumps(event).encode()
        )
        result = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            raise StackError(f"{function} failed: {str(result)[:500]}")
        return result

    def variables(self, function: str) -> dict[str, str]:
        """Return a deployed function's environment, with what lets it run outside of the embedded AWS."""
        found = self.aws("lambda").get_function_configuration(FunctionName=self.functions[function])
        declared = found.get("Environment", {}).get("Variables", {})
        return {**declared, **aws_environment(self.ports)}


@contextmanager
def local_stack(ports: Ports, progress: Progress) -> Iterator[Stack]:
    """Bring everything up, yield it, and take everything down again however the block ends."""
    with Supervisor(STATE / "run") as supervisor:
        try:
            yield _bring_up(ports, supervisor, progress)
        except (BotoCoreError, ClientError, OSError) as error:
            time.sleep(0.5)  # a child that was just killed may not be gone yet
            supervisor.check()
            raise StackError(f"{type(error).__name__}: {error}") from error


def _bring_up(ports: Ports, supervisor: Supervisor, progress: Progress) -> Stack:
    parts = {"aws": "the embedded AWS", "sentry": "the embedded Sentry", **TITLES}
    for name, title in parts.items():
        check_port(getattr(ports, name), name, title)
    progress.step("building the functions with sam build")
    artifacts.build()
    progress.step(f"starting the embedded AWS (ministack) on port {ports.aws}")
    supervisor.start(ministack_program(ports))
    progress.step(f"starting the embedded Sentry (Bugsink) on port {ports.sentry}")
    sentry = Bugsink(ports)
    sentry.prepare()
    sentry.start(supervisor)
    progress.step(f"starting the receivers for Langfuse and Slack on ports {ports.langfuse} and {ports.slack}")
    for name in TITLES:
        supervisor.start(receiver_program(name, ports))
    stack = Stack(ports, supervisor, sentry)
    progress.step("deploying template.yaml with sam deploy")
    deploy(stack, dsn=sentry.create_project("logrouter"))
    supervisor.check()
    return stack


def deploy(stack: Stack, *, dsn: str) -> None:
    """Create the secrets, deploy the template, push the local policy, and learn the names of what was made."""
    secrets = {
        "sentry": {"dsn": dsn},
        "langfuse": {"host": f"http://127.0.0.1:{stack.ports.langfuse}", **LANGFUSE_KEYS},
        "slack": {"webhook_url": f"http://127.0.0.1:{stack.ports.slack}/services/T000/B000/local"},
    }
    arns = {name: _create_secret(stack, name, content) for name, content in secrets.items()}
    stack.aws("s3").create_bucket(Bucket=artifacts.ARTIFACTS_BUCKET)
    parameters = {
        "Environment": ENVIRONMENT,
        "LocalEndpoint": f"http://127.0.0.1:{stack.ports.aws}",
        "SentrySecretArn": arns["sentry"],
        "LangfuseSecretArn": arns["langfuse"],
        "SlackSecretArn": arns["slack"],
    }
    artifacts.deploy(stack.ports, parameters)
    formation = stack.aws("cloudformation")
    found = formation.describe_stacks(StackName=artifacts.STACK_NAME)["Stacks"][0]
    stack.outputs = {item["OutputKey"]: item["OutputValue"] for item in found["Outputs"]}
    pages = formation.describe_stack_resources(StackName=artifacts.STACK_NAME)["StackResources"]
    stack.resources = {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in pages}
    stack.functions = {name: stack.resources[name] for name in FUNCTIONS}
    load_policy(body := json.dumps(LOCAL_POLICY).encode())
    stack.aws("s3").put_object(Bucket=stack.outputs["PolicyBucketName"], Key="policy.json", Body=body)


def _create_secret(stack: Stack, name: str, content: Mapping[str, str]) -> str:
    secret = stack.aws("secretsmanager").create_secret(Name=f"local/{name}", SecretString=json.dumps(content))
    return str(secret["ARN"])


@cache
def _client(service: str, ports: Ports) -> Any:
    return client(service, ports)
