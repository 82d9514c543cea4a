"""The embedded Sentry (Bugsink on SQLite): prepare it, start and kill it, and read back what it holds."""

import json
import shutil
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from logrouter_local.places import STATE, TOOLS, Ports, clean_environment, tool
from logrouter_local.supervisor import Program, StackError, Supervisor

LOGIN = "admin@example.org"
PASSWORD = "local-demo-only"  # noqa: S105 - opens a server on 127.0.0.1 only
WEB, WORKER = "sentry", "sentry-worker"

CONFIGURATION = """
from bugsink.conf_utils import deduce_allowed_hosts
BUGSINK.update({{
    "BASE_URL": "http://127.0.0.1:{port}", "SINGLE_USER": True, "SINGLE_TEAM": True, "USER_REGISTRATION": CB_NOBODY,
    "PHONEHOME": False, "VALIDATE_ON_DIGEST": "warn", "KEEP_ENVELOPES": 50000,
    "MAX_EVENTS_PER_PROJECT_PER_5_MINUTES": 10**6, "MAX_EVENTS_PER_5_MINUTES": 10**6,
    "MAX_EVENTS_PER_PROJECT_PER_HOUR": 10**6, "MAX_EVENTS_PER_HOUR": 10**6,
}})
ALLOWED_HOSTS = deduce_allowed_hosts(BUGSINK["BASE_URL"])
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SECURE_PROXY_SSL_HEADER = None
USE_X_REAL_IP = False
SNAPPEA["NUM_WORKERS"] = 2
"""


@dataclass
class Bugsink:
    """One Bugsink server with a project of its own.

    Args:
        folder: its configuration and databases; begins empty.
    """

    ports: Ports
    folder: Path = STATE / "sentry"
    token: str = ""

    @property
    def url(self) -> str:
        """Where its issue list is."""
        return f"http://127.0.0.1:{self.ports.sentry}"

    def prepare(self) -> None:
        """Lay out configuration, databases, the login and an API token.

        The migrated, empty databases are kept beside Bugsink's environment and copied, which saves the next run 10 s.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        stamp = TOOLS / "bugsink" / ".logrouter-stamp"
        known = stamp.read_text()[:12] if stamp.exists() else "unknown"
        empty = TOOLS / f"bugsink-empty-{known}"
        if empty.exists():
            for database in empty.iterdir():
                shutil.copy(database, self.folder)
        self._configure()
        if not empty.exists():
            self._manage("migrate")
            self._manage("migrate", "--database=snappea")
            self._manage("prestart", CREATE_SUPERUSER=f"{LOGIN}:{PASSWORD}")
            making = empty.with_name(empty.name + ".part")
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            for database in self.folder.glob("*.sqlite3"):
                shutil.copy(database, making)
            making.rename(empty)
        self.token = self._manage("create_auth_token").splitlines()[-1].strip()

    def start(self, supervisor: Supervisor) -> None:
        """Start the server and its digesting worker; also after `kill`."""
        gunicorn = tool("bugsink", "gunicorn")
        bind = ["--bind", f"127.0.0.1:{self.ports.sentry}", "--workers", "1", "--threads", "8", "bugsink.wsgi"]
        server = Program(
            name=WEB,
            title="the embedded Sentry (Bugsink)",
            arguments=[gunicorn, *bind],
            environment=self._environment(),
            folder=self.folder,
            port=self.ports.sentry,
            is_ready=self._is_ready,
        )
        supervisor.start(server)
        worker = Program(
            name=WORKER,
            title="Bugsink's worker",
            arguments=[tool("bugsink", "bugsink-runsnappea")],
            environment=self._environment(),
            folder=self.folder,
        )
        supervisor.start(worker)

    def kill(self, supervisor: Supervisor) -> None:
        """Kill the server without leave, as an outage would; its databases stay."""
        supervisor.stop(WEB, kill=True)
        supervisor.stop(WORKER)

    def crash(self, supervisor: Supervisor, project: int) -> None:
        """Kill the server and its worker in the middle of whatever they do; their databases and files stay.

        The worker takes a task out of its queue before it does it ("at most once", Bugsink 2.6), so an event that was
        acknowledged and being digested would be gone. Its file is still in the ingestion folder, and is queued again.
        A file that was being written is removed: nobody was told that it is there.

        Args:
            supervisor: runs both.
            project: that of all events on their way.
        """
        supervisor.stop(WEB, kill=True)
        supervisor.stop(WORKER, kill=True)
        with closing(sqlite3.connect(self.folder / "snappea.sqlite3", timeout=20)) as queue, queue:
            queued = " ".join(arguments for (arguments,) in queue.execute("SELECT args FROM snappea_task"))
            for path in (self.folder / "ingestion").glob("*"):
                event_id = _event_id(path)
                if event_id is None:
                    path.unlink()
                elif path.name not in queued:
                    self._queue(queue, path.name, event_id, project)

    def create_project(self, name: str) -> str:
        """Create a project and return its DSN."""
        team = self._call("POST", "teams/", {"name": name})
        project = self._call("POST", "projects/", {"name": name, "team": team["id"]})
        return cast("str", self._call("GET", f"projects/{project['id']}/")["dsn"])

    def issues(self, project: int = 1) -> list[dict[str, Any]]:
        """Return every issue of a project."""
        return list(self._pages("issues/", {"project": project}))

    def events(self, issue_id: str) -> list[dict[str, Any]]:
        """Return every event of an issue, without its data."""
        return list(self._pages("events/", {"issue": issue_id}))

    def event_data(self, event_id: str) -> dict[str, Any]:
        """Return the event as it was sent, by Bugsink's own id of it."""
        return cast("dict[str, Any]", self._call("GET", f"events/{event_id}/")["data"])

    def stored_events(self, project: int = 1) -> int:
        """Return how many events a project holds."""
        return int(self._call("GET", f"projects/{project}/")["stored_event_count"])

    def stored(self, project: int) -> list[dict[str, Any]]:
        """Return every event of a project as it was sent, with Bugsink's `issue`; thousands of them in no time."""
        wanted = "SELECT data, issue_id FROM events_event WHERE project_id = ? ORDER BY project_digest_order"
        with closing(sqlite3.connect(f"file:{self.folder}/db.sqlite3?mode=ro", uri=True, timeout=20)) as database:
            return [{**json.loads(data), "issue": issue} for data, issue in database.execute(wanted, [project])]

    def backlog(self) -> int:
        """Return how many events were taken in and not digested yet."""
        return sum(1 for _ in (self.folder / "ingestion").glob("*"))

    def _queue(self, queue: sqlite3.Connection, file: str, event_id: str, project: int) -> None:
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        about = {"event_id": event_id, "project_id": project, "ingested_at": now, "ingestion_id": file}
        queue.execute(
            "INSERT INTO snappea_task (created_at, task_name, args, kwargs) VALUES (?, 'ingest.tasks.digest', ?, '{}')",
            [now, json.dumps([event_id, about | {"remote_addr": "127.0.0.1"}])],
        )

    def _pages(self, path: str, query: Mapping[str, object]) -> Iterator[dict[str, Any]]:
        address: str | None = f"{path}?{urlencode(query)}"
        while address:
            page = self._call("GET", address)
            yield from page["results"]
            address = page.get("next")

    def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        address = path if path.startswith("http") else f"{self.url}/api/canonical/0/{path}"
        request = urllib.request.Request(
            address,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with _direct().open(request, timeout=20) as answer:
                return cast("dict[str, Any]", json.load(answer))
        except urllib.error.HTTPError as error:
            raise StackError(f"Bugsink answered {error.code} to {method} {path}: {error.read(300)!r}") from None

    def _is_ready(self) -> bool:
        try:
            with _direct().open(f"{self.url}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _configure(self) -> None:
        maker = tool("bugsink", "bugsink-create-conf")
        place = ["--template=singleserver", "--host", "127.0.0.1", "--port", str(self.ports.sentry)]
        target = ["--base-dir", str(self.folder), "-o", "bugsink_conf.py"]
        self._run([str(maker), *place, *target])
        with (self.folder / "bugsink_conf.py").open("a") as configuration:
            configuration.write(CONFIGURATION.format(port=self.ports.sentry))

    def _manage(self, *arguments: str, **environment: str) -> str:
        return self._run([str(tool("bugsink", "bugsink-manage")), *arguments], **environment)

    def _run(self, arguments: list[str], **environment: str) -> str:
        done = subprocess.run(
            arguments,
            check=False,
            cwd=self.folder,
            env=self._environment() | environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise StackError(f"Bugsink's {Path(arguments[0]).name} {arguments[1]} failed:\n{done.stderr[-1500:]}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        return clean_environment(
            DJANGO_SETTINGS_MODULE="bugsink_conf",
            PYTHONPATH=str(self.folder),
            HOME=str(self.folder),  # gunicorn puts its control socket there
        )


def _event_id(path: Path) -> str | None:
    """Return the id in an ingested event's file; None when the file was still being written."""
    try:
        return str(json.loads(path.read_bytes())["event_id"])
    except ValueError:
        return None


def _direct() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
