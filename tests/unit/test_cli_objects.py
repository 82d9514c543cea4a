"""Archived objects read for a command: each page of the list, and what has to be restored first."""

import io
from collections import Counter
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from logrouter_cli.aws import AwsRefusedError
from logrouter_cli.reading.files import FileReader
from logrouter_cli.reading.objects import ObjectReader
from logrouter_cli.reading.target import Target

LATER = datetime(2100, 1, 1, tzinfo=UTC)


class Bucket:
    """Lists its objects one a page; each holds its own key."""

    def __init__(self, *objects):
        self.objects = objects

    def list_objects_v2(self, **arguments):
        at = int(arguments.get("ContinuationToken", 0))
        is_cut = at + 1 < len(self.objects)
        page = {"Contents": [{"Size": 1, **self.objects[at]}], "IsTruncated": is_cut}
        return page | ({"NextContinuationToken": str(at + 1)} if is_cut else {})

    def get_object(self, **arguments):
        return {"Body": io.BytesIO(arguments["Key"].encode())}


def read(*objects):
    target = Target("s3://b/", "archive")
    reader = ObjectReader(Bucket(*objects), FileReader(str), str, requests=Counter())
    return [record.text for records in reader.read_prefix(target, "b", "") for record in records], target


def test_every_page_of_the_list_is_read():
    """An archive has more objects than S3 lists at once."""
    texts, target = read({"Key": "one"}, {"Key": "two"}, {"Key": "three"})

    assert (texts, target.troubled) == (["one", "two", "three"], 0)


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
@pytest.mark.parametrize(
    ("status", "is_read"),
    [
        (None, False),
        ({"IsRestoreInProgress": True}, False),
        ({"IsRestoreInProgress": True, "RestoreExpiryDate": LATER}, False),
        ({"IsRestoreInProgress": False, "RestoreExpiryDate": LATER}, True),
    ],
)
def test_a_cold_object_is_read_when_it_is_restored(storage_class, status, is_read):
    """One that is not, or not yet, is a trouble of its own; nothing is asked of S3 that it would refuse."""
    restored = {"RestoreStatus": status} if status else {}

    texts, target = read({"Key": "cold", "StorageClass": storage_class, **restored})

    assert (texts, target.troubled) == ((["cold"], 0) if is_read else ([], 1))


def test_credentials_that_end_between_objects_end_the_reading(monkeypatch):
    """No other object could be read either: it is said once, not for each of a million."""

    def expired(_self, **_):
        raise ClientError({"Error": {"Code": "ExpiredToken"}}, "GetObject")

    monkeypatch.setattr(Bucket, "get_object", expired)

    with pytest.raises(AwsRefusedError, match="sign in again"):
        read({"Key": "one"}, {"Key": "two"})
