"""Run a PostgreSQL server of its own and print its error log: python postgresql.py <kind> (as root; needs user postgres)."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

BIN = max(Path("/usr/lib/postgresql").glob("*/bin"))
PORT = "18490"
RDS_PREFIX = "%t:%r:%u@%d:[%p]:"
SETUP = """
create role app login;
create table users (id int primary key, email text unique);
grant all on users to app;
insert into users values (1, 'a'), (2, 'b');
create function charge(amount int) returns int language plpgsql as $$
begin
  if amount < 0 then raise exception 'amount must not be negative: %', amount using hint = 'try again', detail = 'order 17'; end if;
  raise warning 'amount is small: %', amount;
  return 100 / amount;
end $$;
"""
STATEMENTS = (
    "insert into users values (3, 'a')",
    "select *\n  from x\n where id = 1",
    "selec 1",
    "select charge(0)",
    "select charge(-1)",
    "set statement_timeout = 50; select pg_sleep(1)",
    "select pg_sleep(0.3)",
    "do $$ begin raise log 'only a note'; end $$",
)
KINDS = {
    "rds": {"log_line_prefix": RDS_PREFIX},
    "default": {"log_line_prefix": "%m [%p] "},
    "aurora_verbose": {"log_line_prefix": RDS_PREFIX, "log_error_verbosity": "verbose"},
    "application": {"log_line_prefix": "%m [%p] %q%u@%d/%a "},
    "json": {"logging_collector": "on", "log_destination": "jsonlog", "log_directory": "log", "log_filename": "log"},
}


def run(*command: str, **more) -> subprocess.CompletedProcess:
    return subprocess.run(command, user="postgres", env={"PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C"}, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/tmp", **more)  # fmt: skip


def query(statement: str, user: str = "app", database: str = "postgres") -> None:
    run("psql", "-h", "127.0.0.1", "-p", PORT, "-U", user, "-d", database, "-c", statement)


def deadlock() -> None:
    def update(first: int, second: int) -> None:
        query(f"begin; update users set email = email || '!' where id = {first}; select pg_sleep(0.2);"
              f" update users set email = email || '?' where id = {second}; commit")  # fmt: skip

    threads = [threading.Thread(target=update, args=ids) for ids in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main(kind: str) -> None:
    folder = Path(tempfile.mkdtemp())
    shutil.chown(folder, "postgres")
    data, log = folder / "data", folder / "server.log"
    run(str(BIN / "initdb"), "-D", str(data), "-A", "trust")
    settings = {
        "port": PORT, "listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder), "log_timezone": "UTC",
        "log_min_duration_statement": "200ms", "deadlock_timeout": "200ms", "max_connections": "5",
        "superuser_reserved_connections": "3", "log_connections": "off", **KINDS[kind],
    }  # fmt: skip
    with (data / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    with (data / "pg_hba.conf").open("w") as file:
        file.write("host all stranger 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 trust\nlocal all all trust\n")
    run(str(BIN / "pg_ctl"), "-D", str(data), "-l", str(log), "-w", "start")
    query(SETUP, user="postgres")
    for statement in STATEMENTS:
        query(statement)
    deadlock()
    query("select 1", user="stranger")
    query("select 1", database="nowhere")
    sleepers = [threading.Thread(target=query, args=("select pg_sleep(2)",)) for _ in range(4)]
    for sleeper in sleepers:
        sleeper.start()
    time.sleep(0.5)
    query(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(2)%' and pid <> pg_backend_pid()",
        user="postgres",
    )
    for sleeper in sleepers:
        sleeper.join()
    run(str(BIN / "pg_ctl"), "-D", str(data), "-m", "fast", "stop")
    written = log.read_text() if kind != "json" else (data / "log" / "log.json").read_text()
    print(written.replace(str(folder), "/rdsdbdata"), end="")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1])
