"""The demo's stack, brought up once for all end-to-end tests, with one whole play on it."""

import os
import socket
from collections.abc import Iterator

import pytest

from logrouter_local.places import Ports
from logrouter_local.play import Outcome, play
from logrouter_local.progress import Progress
from logrouter_local.stack import Stack, local_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with local_stack(Ports.read(os.environ.get("LOGROUTER_PORTS", "")), Progress()) as running:
        yield running


@pytest.fixture(scope="session")
def outcome(stack: Stack) -> Outcome:
    return play(stack, Progress())


@pytest.fixture
def black_hole() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(64)
        yield f"127.0.0.1:{server.getsockname()[1]}"
