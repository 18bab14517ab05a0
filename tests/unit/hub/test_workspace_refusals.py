"""What a workspace refuses is said so that it is understood, in both languages."""

import errno
import json
import os

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from enclave.phrasebook import Phrasebook
from enclave_hub.danish import in_danish
from enclave_hub.workspace.refusals import Refusals, refusal


REWORDED = Phrasebook("enclave_hub.workspace", "refusals.yaml").sentences


def saving(number: int) -> str:
    """What Jupyter's file manager says of an error of the system."""
    error = OSError(number, os.strerror(number), "/project/work/a.ipynb")
    return f"Unexpected error while saving file: work/a.ipynb {error}"


@pytest.mark.parametrize(
    ("number", "english", "danish"),
    [
        (errno.ENOSPC, "no room left", "ikke mere plads"),
        (errno.EDQUOT, "no room left", "ikke mere plads"),
        (errno.EFBIG, "larger than one file", "større, end én fil"),
    ],
)
def test_what_the_system_refuses_says_what_to_do(number, english, danish):
    assert english in refusal(saving(number), danish=False)
    said = refusal(saving(number), danish=True)
    assert danish in said
    assert said.startswith("“work/a.ipynb” blev ikke gemt")


@pytest.mark.parametrize("english", REWORDED.values())
def test_everything_is_said_in_danish_too(english):
    filled = english.format("work/a", "b")
    assert in_danish(filled) != filled


@pytest.mark.parametrize(
    ("danish", "words"),
    [(False, ("read or changed", "copy")), (True, ("læses eller ændres", "kopi"))],
)
def test_who_may_not_read_is_not_told_only_that_nothing_may_be_written(danish, words):
    said = refusal("Permission denied: work/a.csv", danish=danish)

    assert "work/a.csv" in said
    assert all(word in said for word in words)


def test_what_is_not_known_stays_as_it_is():
    assert refusal("Sessions: no such kernel", danish=True) == (
        "Sessions: no such kernel"
    )


@pytest.mark.parametrize(("language", "word"), [("da-DK,da", "Vælg"), ("", "Choose")])
def test_an_answer_is_reworded_whole(language, word):
    said, headers = answered(
        409, {"message": "File already exists: a", "n": 1}, language
    )

    assert word in said["message"]
    assert said["n"] == 1
    assert headers["Content-Length"] == str(len(json.dumps(said).encode()))


def test_what_is_no_refusal_is_left_alone():
    content = {"message": "File already exists: a"}

    assert answered(200, content, "da")[0] == content


def test_an_answer_without_words_is_left_alone():
    assert answered(404, None, "da")[0] is None


def answered(
    status: int, content: dict | None, language: str
) -> tuple[dict | None, HTTPHeaders]:
    """Return what arrives of an answer of the server; None for nothing."""
    chunk = b"" if content is None else json.dumps(content).encode()
    return sent(status, chunk, language)


def test_an_answer_that_is_no_json_becomes_one():
    bare = b"file or directory 'work/a' does not exist"

    assert "er der ikke mere" in sent(404, bare, "da")[0]["message"]


def sent(status: int, chunk: bytes, language: str) -> tuple[dict | None, HTTPHeaders]:
    given = HTTPHeaders(
        {"Content-Type": "application/json", "Content-Length": str(len(chunk))}
    )
    request = HTTPServerRequest(
        start_line=RequestStartLine("PUT", "/", "HTTP/1.1"),
        headers=HTTPHeaders({"Host": "here", "Accept-Language": language}),
    )
    transform = Refusals(request)
    _, headers, body = transform.transform_first_chunk(
        status, given, chunk, finishing=True
    )
    return (json.loads(body) if body else None), headers
