"""What lies ready in a workspace: the project's documents, notebooks to begin with."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

from enclave import durable
from enclave.lock import exclusive
from enclave.sandbox.description import Account
from enclave.sandbox.released_kernels import DEFAULT, release


NOTEBOOKS = {"en": "welcome.ipynb", "da": "velkommen.ipynb"}
PROJECT = "project.json"

# Beside a project's shared folders, where no member reaches it.
_PLACED = "welcome-placed"


def write_documents(folder: Path, facts: dict[str, Any]) -> None:
    """Write what the project has, and until when, for the panel and for people.

    A file that says so already is left alone: this is done again and again.
    """
    files = {PROJECT: json.dumps(facts, indent=1)}
    for grant in facts["grants"]:
        files[f"{grant['id']}.txt"] = grant["text"]["en"]
        files[f"{grant['id']}.da.txt"] = grant["text"]["da"]
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    # Two windows of a person may open it at once, and would tidy each other's files.
    with exclusive(folder.with_name(f".{folder.name}.lock")):
        for name, text in files.items():
            file, content = folder / name, text.encode()
            if not file.exists() or file.read_bytes() != content:
                durable.write_file(file, content)
        for gone in {path.name for path in folder.iterdir()} - files.keys():
            (folder / gone).unlink()


def place_notebook(own: Path, facts: dict[str, Any], account: Account | None) -> bool:
    """Put the notebooks into the shared folder once; return whether they were.

    A file of that name is left as it is, and one that was deleted does not come back.
    """
    placed = own / _PLACED
    if placed.exists():
        return False
    folder = os.open(own / "shared" / "work", os.O_RDONLY | os.O_DIRECTORY)
    try:
        for language, name in NOTEBOOKS.items():
            content = json.dumps(notebook(facts, language), indent=1).encode()
            with suppress(FileExistsError):
                _create(folder, name, content, account)
    finally:
        os.close(folder)
    placed.touch(mode=0o600)
    return True


def notebook(facts: dict[str, Any], language: str = "en") -> dict[str, Any]:
    """Make a notebook for a project from its grants, in English or Danish."""
    kernel = release(DEFAULT)
    named = {"name": kernel.name, "display_name": kernel.specification["display_name"]}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {**named, "language": "python"}},
        "cells": [
            _cell(kind, source, number)
            for number, (kind, source) in enumerate(_cells(facts, language), 1)
        ],
    }


def _cells(facts: dict[str, Any], language: str) -> Iterator[tuple[str, str]]:
    text = _TEXTS[language]
    lines = "\n".join(_what_there_is(facts, language))
    yield "markdown", f"# {escape(facts['title'])}\n\n{lines}"
    yield "markdown", text["reading"]
    yield "code", "from enclave_kernels import project\n\nproject"
    yield "code", "project.dictionary"
    yield "code", "project.person.pandas().head()"
    yield "markdown", text["returning"]


def _what_there_is(facts: dict[str, Any], language: str) -> Iterator[str]:
    text = _TEXTS[language]
    yield text["project"].format_map(facts) + "\n"
    for grant in facts["grants"]:
        told = {**grant, "variables": ", ".join(grant["variables"])}
        yield "* " + text["grant"].format_map(told)
    if not facts["grants"]:
        yield "* " + text["no grant"]
    yield from (f"* {one['day']}: {one[language]}." for one in facts["deadlines"])


_TEXTS = {
    "en": {
        "project": "Project **{project}**, led by {leader}.",
        "grant": "Grant **{id}**, until **{until}**: days {from} to {to}; {variables}.",
        "no grant": "No grant holds today, so there are no data yet.",
        "reading": """\
## Read the tables

The data are in `/project/data`, read-only. Tables have names: `project.lab`, and each
comes as you like it: `.pandas()`, `.polars()`, `.arrow()`, `.duckdb()`. Name columns
and a condition to read less: `project.lab.pandas("code", "value", where="value > 5")`.
In R: `project <- enclave$project()`.""",
        "returning": """\
## Save, take out, return

* Work in `/project/work`: all members see it. Your own folder is your home.
* What is to leave goes into `/project/outbox`, and a person checks it first: numbers of
  persons, no rows about one.
* Code for the archive goes into `/project/return`: a notebook that runs from top to
  bottom in a released kernel. It can then be executed again in years to come.
* Templates to begin from are in the panel on the left, under *Templates*.""",
    },
    "da": {
        "project": "Projekt **{project}**, ledet af {leader}.",
        "grant": "Bevilling **{id}**, til og med **{until}**: dage fra {from} til {to};"
        " {variables}.",
        "no grant": "Ingen bevilling gælder i dag, så der er ingen data endnu.",
        "reading": """\
## Læs tabellerne

Data ligger i `/project/data` og kan kun læses. Tabellerne har navne: `project.lab`, og
hver fås, som man vil: `.pandas()`, `.polars()`, `.arrow()`, `.duckdb()`. Nævn kolonner
og en betingelse for at læse mindre:
`project.lab.pandas("code", "value", where="value > 5")`.
I R: `project <- enclave$project()`.""",
        "returning": """\
## Gem, tag ud, giv tilbage

* Arbejd i `/project/work`: alle medlemmer ser den. Din egen mappe er dit hjem.
* Det, der skal ud, lægges i `/project/outbox`, og et menneske ser på det først: antal
  personer, ingen rækker om én.
* Kode til arkivet lægges i `/project/return`: en notesbog, der kører fra ende til anden
  i en frigivet kerne. Så kan den køres igen om mange år.
* Skabeloner at begynde med er i panelet til venstre, under *Skabeloner*.""",
    },
}


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


def _create(folder: int, name: str, content: bytes, account: Account | None) -> None:
    # A member can write here: never through a link, never over a file.
    how = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    file = os.open(name, how, 0o600, dir_fd=folder)
    with os.fdopen(file, "wb") as stream:
        stream.write(content)
        if account is not None:
            os.fchown(stream.fileno(), account.uid, account.gid)
