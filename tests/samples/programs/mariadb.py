"""Run a MariaDB server of its own and print its error log or its slow-query log: python mariadb.py <kind> (as root)."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PORT = "18491"
DEADLOCK = (
    "begin; update shop.orders set paid = 1 where id = {first}; select sleep(0.4);"
    " update shop.orders set paid = 2 where id = {second}; commit"
)


def run(*command: str, **more) -> subprocess.CompletedProcess:
    env = {"PATH": f"{os.environ['PATH']}:/usr/sbin", "TZ": "UTC"}
    return subprocess.run(command, user="mysql", env=env, check=False, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/tmp", **more)  # fmt: skip


def query(folder: Path, statement: str, *options: str) -> None:
    run("mariadb", "--no-defaults", f"--socket={folder}/socket", *(options or ["-uroot"]), "-e", statement)


def main(kind: str) -> None:
    folder = Path(tempfile.mkdtemp())
    shutil.chown(folder, "mysql")
    data, log, slow = folder / "data", folder / "error.log", folder / "slow.log"
    run(
        "mariadb-install-db",
        "--no-defaults",
        f"--datadir={data}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
    )
    options = [
        "--no-defaults", f"--datadir={data}", f"--socket={folder}/socket", f"--port={PORT}", f"--log-error={log}",
        "--log-warnings=9", "--slow-query-log=1", f"--slow-query-log-file={slow}", "--long-query-time=0.2",
        "--innodb-print-all-deadlocks=1", "--max-connections=2", f"--pid-file={folder}/pid", "--bind-address=127.0.0.1",
    ]  # fmt: skip
    server = subprocess.Popen(["mariadbd", *options], user="mysql", env={"PATH": "/usr/sbin:/usr/bin:/bin", "TZ": "UTC"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/tmp")  # fmt: skip
    ready_by_s = time.monotonic() + 30
    while time.monotonic() < ready_by_s and (not log.exists() or "ready for connections" not in log.read_text()):
        time.sleep(0.1)
    query(folder, "create database shop; create table shop.orders (id int primary key, paid int) engine=innodb;"
          " insert into shop.orders values (1, 0), (2, 0); create user app@'%' identified by 'x'; grant all on shop.* to app@'%'")  # fmt: skip
    if kind == "slow":
        query(
            folder,
            "use shop; select sleep(0.3), id from orders where id = 1;\nselect count(*),\n  sleep(0.25)\n from orders",
        )
    else:
        query(folder, "select 1", "-uapp", "-pwrong", "-h127.0.0.1", f"-P{PORT}", "--protocol=tcp")
        waiting = [
            subprocess.Popen(["mariadb", "--no-defaults", "-uroot", f"--socket={folder}/socket", "-e",
                DEADLOCK.format(first=first, second=second)],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for first, second in ((1, 2), (2, 1))
        ]  # fmt: skip
        for process in waiting:
            process.wait()
        query(folder, "kill connection_id()")
        (data / "shop" / "orders.frm").write_bytes(b"broken")
        query(folder, "flush tables; select * from shop.orders")
    server.terminate()
    server.wait()
    if kind == "crash":
        (data / "ibdata1").write_bytes(b"broken")
        run("timeout", "20", "mariadbd", *options)
    print((slow if kind == "slow" else log).read_text().replace(str(folder), "/rdsdbdata"), end="")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1])
