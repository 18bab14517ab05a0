"""The six queries in PostgreSQL: its own server, with the indexes a DBA would make."""

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
from pyarrow import csv

from benchmarks.feasibility.queries import Queries, by_text, sql
from benchmarks.feasibility.source import DOMAINS


_PROGRAMS = Path("/usr/lib/postgresql")
_SETTINGS = {
    "listen_addresses": "''",
    "shared_buffers": "4GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "1GB",
    "max_wal_size": "8GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "fsync": "off",
    "random_page_cost": "1.1",
    "effective_cache_size": "8GB",
    "max_parallel_workers_per_gather": "2",
}


class Server:
    """A server in a folder, started when it is entered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._as = _account()

    def __enter__(self) -> psycopg.Connection:
        data = self._folder / "data"
        if not data.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._as:
                os.chown(self._folder, self._as["user"], self._as["group"])
            self._run(
                "initdb",
                "-D",
                data,
                "-A",
                "trust",
                "-U",
                "bench",
                "--locale=C",
                "-E",
                "UTF8",
            )
        given = {**_SETTINGS, "unix_socket_directories": str(self._folder)}
        options = " ".join(f"-c {name}={value}" for name, value in given.items())
        log = self._folder / "log"
        self._run("pg_ctl", "-D", data, "-o", options, "-l", log, "-w", "start")
        self._connection = psycopg.connect(
            host=str(self._folder),
            user="bench",
            dbname="postgres",
            autocommit=True,
            client_encoding="UTF8",
        )
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._run("pg_ctl", "-D", self._folder / "data", "-m", "fast", "stop")

    def _run(self, program: str, *arguments: object) -> None:
        (found,) = sorted(_PROGRAMS.glob(f"*/bin/{program}"))[-1:]
        subprocess.run(
            [str(found), *map(str, arguments)],
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            **self._as,
        )


@contextmanager
def in_postgresql(folder: Path) -> Iterator[Queries]:
    age = (
        "(extract(year FROM idx) - extract(year FROM born) - CASE WHEN"
        " extract(month FROM idx) * 100 + extract(day FROM idx) <"
        " extract(month FROM born) * 100 + extract(day FROM born)"
        " THEN 1 ELSE 0 END)"
    )
    queries = sql(by_text(age))
    with Server(folder / "pg") as connection:
        for domain in DOMAINS:
            # What is warm is not to wait for the disk.
            connection.execute(f"SELECT count(code) FROM {domain.name}")
        yield {
            name: lambda query=query: connection.execute(query).fetchall()
            for name, query in queries.items()
        }


def prepare(folder: Path) -> None:
    """Load a server of its own, once."""
    if not (folder / "pg" / "loaded").exists():
        with Server(folder / "pg") as connection:
            _load(connection, folder / "source")
        (folder / "pg" / "loaded").touch()


def _load(connection: psycopg.Connection, source: Path) -> None:
    """Fill the tables, each in the order of its covering index."""
    connection.execute(
        "CREATE TABLE person (id int PRIMARY KEY, sex text, born date, died date)"
    )
    _copy(connection, "person", f"FROM '{source}/person.parquet'", source / "spill")
    for domain in DOMAINS:
        value = ", value real" if domain.measured else ""
        connection.execute(
            f"CREATE TABLE {domain.name} (code text, id int, date date{value})"
        )
        columns = "code, id, date" + (", value" if domain.measured else "")
        rows = f"FROM '{source}/{domain.name}.parquet' SELECT {columns}"
        ordered = f"{rows} ORDER BY code, id, date"
        _copy(connection, domain.name, ordered, source / "spill")
        covered = " INCLUDE (value)" if domain.measured else ""
        connection.execute(f"CREATE INDEX ON {domain.name} (code, id, date){covered}")
        connection.execute(f"VACUUM (FREEZE, ANALYZE) {domain.name}")
    connection.execute("VACUUM (FREEZE, ANALYZE) person")


def _copy(connection: psycopg.Connection, table: str, query: str, spill: Path) -> None:
    engine = duckdb.connect(
        config={"memory_limit": "3GB", "temp_directory": str(spill)}
    )
    options = csv.WriteOptions(include_header=False)
    with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
        for batch in engine.sql(query).to_arrow_reader(1 << 18):
            written = pa.BufferOutputStream()
            csv.write_csv(batch, written, options)
            copy.write(written.getvalue().to_pybytes())
    engine.close()


def _account() -> dict:
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
