"""Settings of each function: one frozen dataclass, read once from a mapping, failing early with every fault by name.

Nothing here reads the process environment; adapters and handlers pass `os.environ` in.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Self

from logrouter.errors import SettingsError


def _whole(text: str) -> int:
    return int(text)


def _flag(text: str) -> bool:
    if text.lower() in {"true", "1", "yes", "on"}:
        return True
    if text.lower() in {"false", "0", "no", "off"}:
        return False
    raise ValueError


def _resends(text: str) -> bool:
    if text not in {"report", "resend"}:
        raise ValueError
    return text == "resend"


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise ValueError
    return names


def variable(
    name: str,
    *,
    default: Any = MISSING,
    read: Callable[[str], Any] = str,
    expect: str = "text",
    is_secret: bool = False,
) -> Any:
    """Declare a settings field that is read from environment variable `name`.

    Args:
        name: the variable; an empty value counts as absent.
        default: value when absent; without one the variable is required.
        read: converts the text; may raise ValueError.
        expect: what a valid value looks like, named in the error instead of the value.
        is_secret: `repr` does not show it.
    """
    metadata = {"variable": name, "read": read, "expect": expect}
    if default is MISSING:
        return field(metadata=metadata, repr=not is_secret)
    return field(default=default, metadata=metadata, repr=not is_secret)


def whole_number(name: str, *, default: int, at_least: int = 0, at_most: int = 10**9) -> Any:
    """Declare a settings field that holds a whole number within bounds."""

    def read(text: str) -> int:
        value = _whole(text)
        if not at_least <= value <= at_most:
            raise ValueError
        return value

    return variable(name, default=default, read=read, expect=f"a whole number from {at_least} to {at_most}")


def flag(name: str, *, default: bool) -> Any:
    """Declare a settings field that holds true or false."""
    return variable(name, default=default, read=_flag, expect="true or false")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What every function knows: its region, its stage, where its policy is, and the keys of pseudonyms."""

    region: str = variable("AWS_REGION", default="us-east-1")
    environment: str = variable("LOGROUTER_ENVIRONMENT", default="local")
    service: str = variable("POWERTOOLS_SERVICE_NAME", default="logrouter")
    policy_bucket: str | None = variable("POLICY_BUCKET", default=None)
    policy_key: str = variable("POLICY_KEY", default="policy.json")
    policy_file: str | None = variable("POLICY_FILE", default=None)
    policy_ttl_s: int = whole_number("POLICY_TTL_S", default=60, at_most=86_400)
    pseudonym_secret_arn: str | None = variable("PSEUDONYM_SECRET_ARN", default=None)
    pseudonym_keys: str | None = variable("PSEUDONYM_KEYS", default=None, is_secret=True)

    @classmethod
    def load(cls, environment: Mapping[str, str]) -> Self:
        """Read every declared variable from `environment`; raise `SettingsError` listing all faults at once."""
        values: dict[str, Any] = {}
        faults: list[str] = []
        for declared in fields(cls):
            name = declared.metadata["variable"]
            text = environment.get(name) or ""
            if not text:
                if declared.default is MISSING:
                    faults.append(f"{name} is missing")
                continue
            try:
                values[declared.name] = declared.metadata["read"](text)
            except ValueError:
                faults.append(f"{name} is not {declared.metadata['expect']}")
        faults += cls.faults_between(environment)
        if faults:
            raise SettingsError(cls.__name__.removesuffix("Settings"), faults)
        return cls(**values)

    @classmethod
    def faults_between(cls, environment: Mapping[str, str]) -> list[str]:  # noqa: ARG003 - for subclasses
        """Faults that concern several variables together."""
        return []


@dataclass(frozen=True, kw_only=True)
class ForwardingSettings(Settings):
    """What `forward_errors` and `trace_llm` share: the hand-over queue, the ledger and the bounds of one invocation."""

    retry_queue_url: str | None = variable("RETRY_QUEUE_URL", default=None)
    ledger_table: str | None = variable("LEDGER_TABLE", default=None)
    concurrency: int = whole_number("DELIVERY_CONCURRENCY", default=8, at_least=1, at_most=64)
    retry_first_wait_s: int = whole_number("RETRY_FIRST_WAIT_S", default=30, at_least=1, at_most=900)
    reserve_ms: int = whole_number("DEADLINE_RESERVE_MS", default=10_000, at_most=300_000)
    payload_limit_bytes: int = whole_number("PAYLOAD_LIMIT_BYTES", default=100_000_000, at_least=1_000)


@dataclass(frozen=True, kw_only=True)
class ForwardErrorsSettings(ForwardingSettings):
    """Settings of `forward_errors`: a Sentry secret, or a DSN for local runs, and where it may look back."""

    sentry_secret_arn: str | None = variable("SENTRY_SECRET_ARN", default=None)
    sentry_dsn: str | None = variable("SENTRY_DSN", default=None, is_secret=True)
    look_back_account: str | None = variable("LOOK_BACK_ACCOUNT", default=None)

    @classmethod
    def faults_between(cls, environment: Mapping[str, str]) -> list[str]:
        """One source of the DSN is needed."""
        if environment.get("SENTRY_SECRET_ARN") or environment.get("SENTRY_DSN"):
            return []
        return ["SENTRY_SECRET_ARN or SENTRY_DSN is missing"]


@dataclass(frozen=True, kw_only=True)
class TraceLlmSettings(ForwardingSettings):
    """Settings of `trace_llm`: a Langfuse secret, or host and keys for local runs; where bodies of calls lie in S3."""

    langfuse_secret_arn: str | None = variable("LANGFUSE_SECRET_ARN", default=None)
    langfuse_host: str | None = variable("LANGFUSE_HOST", default=None)
    langfuse_public_key: str | None = variable("LANGFUSE_PUBLIC_KEY", default=None, is_secret=True)
    langfuse_secret_key: str | None = variable("LANGFUSE_SECRET_KEY", default=None, is_secret=True)
    llm_book_table: str | None = variable("LLM_BOOK_TABLE", default=None)
    alert_topic_arn: str | None = variable("ALERT_TOPIC_ARN", default=None)
    bodies_bucket: str | None = variable("BEDROCK_BODIES_BUCKET", default=None)
    bodies_prefix: str = variable("BEDROCK_BODIES_PREFIX", default="")
    bodies_log_groups: tuple[str, ...] = variable(
        "BEDROCK_LOG_GROUPS", default=("*",), read=_names, expect="comma-separated name patterns"
    )

    @classmethod
    def faults_between(cls, environment: Mapping[str, str]) -> list[str]:
        """One whole source of host and keys is needed."""
        names = ("LANGFUSE_HOST", "LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY")
        if environment.get("LANGFUSE_SECRET_ARN"):
            return []
        missing = [name for name in names if not environment.get(name)]
        if not missing:
            return []
        return [f"LANGFUSE_SECRET_ARN is missing, and so is, in its place, {' and '.join(missing)}"]

    @property
    def langfuse_override(self) -> Mapping[str, str | None] | None:
        """Fields of the secret from the environment, for a run without Secrets Manager; None unless all are there."""
        fields = {
            "host": self.langfuse_host,
            "public_key": self.langfuse_public_key,
            "secret_key": self.langfuse_secret_key,
        }
        return fields if all(fields.values()) else None


@dataclass(frozen=True, kw_only=True)
class ReconcileLlmSettings(TraceLlmSettings):
    """Settings of `reconcile_llm`: those of `trace_llm`, the days it looks at, and whether it sends again."""

    llm_book_table: str = variable("LLM_BOOK_TABLE")
    reserve_ms: int = whole_number("DEADLINE_RESERVE_MS", default=30_000, at_most=300_000)
    days: int = whole_number("RECONCILE_DAYS", default=3, at_least=1, at_most=30)
    grace_min: int = whole_number("RECONCILE_GRACE_MIN", default=15, at_most=1_440)
    reads_a_minute: int = whole_number("RECONCILE_READS_A_MINUTE", default=30, at_least=1, at_most=6_000)
    exact_up_to: int = whole_number("RECONCILE_EXACT_UP_TO", default=10_000)
    resends: bool = variable("RECONCILE_RESEND", default=False, read=_resends, expect="report or resend")


@dataclass(frozen=True, kw_only=True)
class ArchiveSettings(Settings):
    """Settings of the archive functions: window ledger and archive bucket."""

    archive_bucket: str = variable("ARCHIVE_BUCKET")
    window_table: str = variable("WINDOW_TABLE")
    part_bytes: int = whole_number("ARCHIVE_PART_BYTES", default=128_000_000, at_least=1_000)
    object_lock: bool = flag("ARCHIVE_OBJECT_LOCK", default=False)
    lock_mode: str = variable("ARCHIVE_LOCK_MODE", default="governance")
    reserve_ms: int = whole_number("DEADLINE_RESERVE_MS", default=30_000, at_most=300_000)
    read_rate_per_s: int = whole_number("ARCHIVE_READ_RATE", default=4, at_least=1, at_most=100)


@dataclass(frozen=True, kw_only=True)
class GovernLogGroupsSettings(Settings):
    """Settings of `govern_log_groups`: the destinations it may subscribe and the limits it keeps."""

    stack_name: str = variable("STACK_NAME")
    account: str = variable("ACCOUNT_ID")
    log_group_patterns: tuple[str, ...] = variable(
        "LOG_GROUP_PATTERNS", default=("/aws/*", "/ecs/*"), read=_names, expect="comma-separated name patterns"
    )
    forward_errors_arn: str = variable("FORWARD_ERRORS_ARN")
    trace_llm_arn: str = variable("TRACE_LLM_ARN")
    log_key_arn: str | None = variable("LOG_KEY_ARN", default=None)
    window_table: str | None = variable("WINDOW_TABLE", default=None)
    dry_run: bool = flag("GOVERN_DRY_RUN", default=False)
    rate_per_s: int = whole_number("GOVERN_RATE", default=4, at_least=1, at_most=100)
    reserve_ms: int = whole_number("DEADLINE_RESERVE_MS", default=20_000, at_most=300_000)


@dataclass(frozen=True, kw_only=True)
class NotifySettings(Settings):
    """Settings of `notify`: the Slack secret (or a webhook for local runs) and the state table."""

    slack_secret_arn: str | None = variable("SLACK_SECRET_ARN", default=None)
    slack_webhook_url: str | None = variable("SLACK_WEBHOOK_URL", default=None, is_secret=True)
    alert_table: str | None = variable("ALERT_TABLE", default=None)
    reserve_ms: int = whole_number("DEADLINE_RESERVE_MS", default=3_000, at_most=300_000)


@dataclass(frozen=True, kw_only=True)
class ReplayFailedSettings(Settings):
    """Settings of `replay_failed`: the bucket where Lambda keeps payloads of invocations that died."""

    failed_bucket: str = variable("FAILED_BUCKET")
    failed_prefix: str = variable("FAILED_PREFIX", default="")
    max_replays: int = whole_number("MAX_REPLAYS", default=3, at_least=1, at_most=20)
    reserve_ms: int = whole_number("DEADLINE_RESERVE_MS", default=10_000, at_most=300_000)
