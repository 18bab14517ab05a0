"""What lies ready in a workspace: the project's documents, a notebook to begin."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

from enclave import durable
from enclave.sandbox.description import Account
from enclave.sandbox.released_kernels import DEFAULT, release


NOTEBOOK = "welcome.ipynb"
PROJECT = "project.json"

# Beside a project's shared folders, where no member reaches it.
_PLACED = "welcome-placed"


def write_documents(folder: Path, facts: dict[str, Any]) -> None:
    """Write what the project has, and until when, for the panel and for people."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    files = {PROJECT: json.dumps(facts, indent=1)}
    for grant in facts["grants"]:
        files[f"{grant['id']}.txt"] = grant["text"]["en"]
        files[f"{grant['id']}.da.txt"] = grant["text"]["da"]
    for name, text in files.items():
        durable.write_file(folder / name, text.encode())
        (folder / name).chmod(0o644)
    for gone in {path.name for path in folder.iterdir()} - files.keys():
        (folder / gone).unlink()


def place_notebook(own: Path, facts: dict[str, Any], account: Account | None) -> bool:
    """Put the notebook into the shared folder once; return whether it was put there.

    A file of that name is left as it is, and one that was deleted does not come back.
    """
    placed = own / _PLACED
    if placed.exists():
        return False
    content = json.dumps(notebook(facts), indent=1).encode()
    folder = os.open(own / "shared" / "work", os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(FileExistsError):
            _create(folder, content, account)
    finally:
        os.close(folder)
    placed.touch(mode=0o600)
    return True


def notebook(facts: dict[str, Any]) -> dict[str, Any]:
    """Make a notebook for a project from its grants."""
    kernel = release(DEFAULT)
    named = {"name": kernel.name, "display_name": kernel.specification["display_name"]}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {**named, "language": "python"}},
        "cells": [
            _cell(kind, source, number)
            for number, (kind, source) in enumerate(_cells(facts), 1)
        ],
    }


def _cells(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield (
        "markdown",
        f"# {escape(facts['title'])}\n\n" + "\n".join(_what_there_is(facts)),
    )
    yield "markdown", _READING
    yield "code", "from enclave_kernels import project\n\nproject"
    yield "code", "project.dictionary"
    yield "code", "project.person.pandas().head()"
    yield "markdown", _RETURNING


def _what_there_is(facts: dict[str, Any]) -> Iterator[str]:
    yield f"Project **{facts['project']}**, led by {facts['leader']}.\n"
    for grant in facts["grants"]:
        yield (
            f"* Grant **{grant['id']}**, until **{grant['until']}**: days"
            f" {grant['from']} to {grant['to']}; {', '.join(grant['variables'])}."
        )
    if not facts["grants"]:
        yield "* No grant holds today, so there are no data yet."
    yield from (f"* {one['day']}: {one['en']}." for one in facts["deadlines"])


_READING = """\
## Read the tables

The data are in `/project/data`, read-only. Tables have names: `project.lab`, and each
comes as you like it: `.pandas()`, `.polars()`, `.arrow()`, `.duckdb()`. Name columns
and a condition to read less: `project.lab.pandas("code", "value", where="value > 5")`.
In R: `project <- enclave$project()`."""

_RETURNING = """\
## Save, take out, return

* Work in `/project/work`: all members see it. Your own folder is your home.
* What is to leave goes into `/project/outbox`, and a person checks it first: numbers of
  persons, no rows about one.
* Code for the archive goes into `/project/return`: a notebook that runs from top to
  bottom in a released kernel. It can then be executed again in years to come.
* Templates to begin from are in the panel on the left, under *Templates*."""


def _cell(kind: str, source: str, number: int) -> dict[str, Any]:
    digest = hashlib.sha256(f"{number}{source}".encode()).hexdigest()
    code: dict[str, Any] = (
        {"outputs": [], "execution_count": None} if kind == "code" else {}
    )
    return {
        "cell_type": kind,
        "id": digest[:8],
        "metadata": {},
        "source": source,
        **code,
    }


def _create(folder: int, content: bytes, account: Account | None) -> None:
    # A member can write here: never through a link, never over a file.
    how = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    file = os.open(NOTEBOOK, how, 0o600, dir_fd=folder)
    with os.fdopen(file, "wb") as stream:
        stream.write(content)
        if account is not None:
            os.fchown(stream.fileno(), account.uid, account.gid)
