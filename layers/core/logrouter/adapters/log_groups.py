"""CloudWatch Logs' control plane, paced: read log groups as `jobs`-neutral facts and carry out single changes.

Paces itself below the service quotas (5 calls a second for most of these operations; CloudWatch Logs quotas,
2026-11-20). Returns error codes as values; an `ExpiredToken` or a missing right on listing ends the run.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from logrouter.model import Json


class LogGroups:
    """The log groups of one account and region.

    Args:
        client: a boto3 `logs` client with adaptive retries.
        wait: called before every request; sleeps as long as the pace asks (see `clock.Pace`).
        region, account, partition: for the ARNs that tagging calls take.
    """

    def __init__(
        self, client: Any, *, wait: Callable[[], None], region: str, account: str, partition: str = "aws"
    ) -> None:
        self._client = client
        self._wait = wait
        self._arn = f"arn:{partition}:logs:{region}:{account}:log-group:"

    def names(self) -> Iterator[Mapping[str, Json]]:
        """Yield the description of every log group, page by page (50 a page)."""
        token: dict[str, str] = {}
        while True:
            self._wait()
            page = self._client.describe_log_groups(limit=50, **token)
            yield from page.get("logGroups", ())
            if not page.get("nextToken"):
                return
            token = {"nextToken": page["nextToken"]}

    def one(self, name: str) -> Mapping[str, Json] | None:
        """Return the description of one log group, None when there is none of that name."""
        self._wait()
        page = self._client.describe_log_groups(logGroupNamePrefix=name, limit=50)
        return next((group for group in page.get("logGroups", ()) if group["logGroupName"] == name), None)

    def tags(self, name: str) -> dict[str, str]:
        """Return the tags of one log group."""
        self._wait()
        return dict(self._client.list_tags_for_resource(resourceArn=self._arn + name).get("tags", {}))

    def filters(self, name: str) -> list[Mapping[str, Json]]:
        """Return the subscription filters of one log group, everybody's."""
        self._wait()
        return list(self._client.describe_subscription_filters(logGroupName=name).get("subscriptionFilters", ()))

    def apply(self, group: str, action: str, arguments: Mapping[str, Json]) -> str | None:
        """Carry out one change; return the service's error code, None when it worked."""
        self._wait()
        try:
            getattr(self, f"_{action}")(group, **arguments)
        except ClientError as refusal:
            return str(refusal.response.get("Error", {}).get("Code", "Unknown"))[:80]
        return None

    def _put_retention(self, group: str, /, days: int) -> None:
        self._client.put_retention_policy(logGroupName=group, retentionInDays=days)

    def _delete_retention(self, group: str, /) -> None:
        self._client.delete_retention_policy(logGroupName=group)

    def _associate_key(self, group: str, /, key_arn: str) -> None:
        self._client.associate_kms_key(logGroupName=group, kmsKeyId=key_arn)

    def _tag(self, group: str, /, tags: Mapping[str, str]) -> None:
        self._client.tag_resource(resourceArn=self._arn + group, tags=dict(tags))

    def _put_filter(self, group: str, /, name: str, pattern: str, destination: str) -> None:
        self._client.put_subscription_filter(
            logGroupName=group, filterName=name, filterPattern=pattern, destinationArn=destination
        )

    def _delete_filter(self, group: str, /, name: str) -> None:
        self._client.delete_subscription_filter(logGroupName=group, filterName=name)
