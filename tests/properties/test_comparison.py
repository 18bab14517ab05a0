"""Every change of a result is found, and no unchanged run raises an alarm."""

import base64
import io
import math
import re
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from enclave.archive.comparison.compare import compare_notebooks
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.notebook import Notebook


SAME, EQUAL, _, DIFFERS = list(Verdict)[:4]

WORDS = st.text("abcdefghijklmnopqrstuvwxyzæøå", min_size=1, max_size=9)
# Printed in full, so that a change of one part in a million is visible.
FLOATS = st.floats(1e-3, 1e6, allow_subnormal=False)
COUNTS = st.integers(0, 10**12)
ADDRESS = st.integers(16**9, 16**11).map(lambda n: f"<Axes object at {n:#x}>")
SECONDS = st.floats(0.01, 900).map(lambda s: f"Wall time: {s:.3g} s")
FRAMES = st.lists(
    st.tuples(WORDS, COUNTS, FLOATS), min_size=2, max_size=6, unique_by=lambda row: row
)


def for_all(*strategies: Any):
    """Test with generated values; how long one takes depends on who else works here."""
    return lambda test: settings(deadline=None)(given(*strategies)(test))


def _stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def _bundle(**data: Any) -> dict[str, Any]:
    named = {key.replace("_", "/"): value for key, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": named}


def _frame(rows: list[tuple[str, int, float]]) -> dict[str, Any]:
    """Show rows as pandas does: as an HTML table, and as columns of text."""
    cells = "".join(
        f"<tr><th>{word}</th><td>{count}</td><td>{number!r}</td></tr>"
        for word, count, number in rows
    )
    width = max(len(repr(number)) for _, _, number in rows)
    lines = "\n".join(
        f"{word:<9} {count:>13} {number!r:>{width}}" for word, count, number in rows
    )
    return _bundle(text_html=f"<table>{cells}</table>", text_plain=lines)


def _picture(
    colour: tuple[int, int, int], spot: tuple[int, int, int]
) -> dict[str, Any]:
    image = Image.new("RGB", (12, 9), colour)
    image.putpixel((3, 4), spot)
    file = io.BytesIO()
    image.save(file, format="PNG")
    return _bundle(image_png=base64.b64encode(file.getvalue()).decode())


def _notebook(*outputs: dict[str, Any]) -> Notebook:
    cells = [
        {"cell_type": "code", "source": f"step {number}", "outputs": [output]}
        for number, output in enumerate(outputs)
    ]
    return Notebook.model_validate({"nbformat": 4, "cells": cells})


def _verdict(archived: list[dict[str, Any]], rerun: list[dict[str, Any]]) -> Verdict:
    return compare_notebooks(_notebook(*archived), _notebook(*rerun)).verdict


def _line(word: str, number: float, noise: str) -> str:
    return f"{noise}\n{word} = {number!r} ({word})\n"


@for_all(WORDS, FLOATS, st.tuples(ADDRESS, ADDRESS), st.tuples(SECONDS, SECONDS))
def test_addresses_and_timings_raise_no_alarm(word, number, addresses, seconds):
    archived, rerun = (
        [_stream(_line(word, number, address)), _stream(_line(word, number, time))]
        for address, time in zip(addresses, seconds, strict=True)
    )

    assert _verdict(archived, rerun) is SAME


@for_all(FRAMES, st.data())
def test_the_last_digit_of_a_double_raises_no_alarm(rows, data):
    index = data.draw(st.integers(0, len(rows) - 1))
    word, count, number = rows[index]
    moved = [*rows]
    moved[index] = (word, count, math.nextafter(number, math.inf))
    document = {"rows": [row[2] for row in rows]}
    again = {"rows": [row[2] for row in moved]}

    archived = [
        _frame(rows),
        _stream(f"{word} {number!r}\n"),
        _bundle(application_json=document),
    ]
    rerun = [
        _frame(moved),
        _stream(f"{word} {moved[index][2]!r}\n"),
        _bundle(application_json=again),
    ]

    assert _verdict(archived, rerun) in (SAME, EQUAL)


@for_all(FRAMES, st.data(), st.sampled_from([1e-6, -1e-6, 1e-3, 0.5]))
def test_a_changed_number_is_found(rows, data, change):
    index = data.draw(st.integers(0, len(rows) - 1))
    word, count, number = rows[index]
    moved = [*rows]
    moved[index] = (word, count, number * (1 + change))

    assert _verdict([_frame(rows)], [_frame(moved)]) is DIFFERS
    text, other = (_line(word, one, "") for one in (number, number * (1 + change)))
    assert _verdict([_stream(text)], [_stream(other)]) is DIFFERS


@for_all(FRAMES, st.data(), st.integers(-3, 3).filter(bool))
def test_a_changed_count_is_found(rows, data, change):
    index = data.draw(st.integers(0, len(rows) - 1))
    word, count, number = rows[index]
    moved = [*rows]
    moved[index] = (word, abs(count + change), number)
    assume(moved != rows)

    assert _verdict([_frame(rows)], [_frame(moved)]) is DIFFERS


@for_all(FLOATS, st.integers(2, 8))
def test_changed_rounding_is_found(number, digits):
    fine, coarse = f"{number:.{digits}e}", f"{number:.{digits - 1}e}"
    assume(not math.isclose(float(fine), float(coarse), rel_tol=1e-9))

    assert _verdict([_stream(fine)], [_stream(coarse)]) is DIFFERS


@for_all(FRAMES, st.randoms(use_true_random=False))
def test_reordered_rows_are_found(rows, shuffler):
    shuffled = [*rows]
    shuffler.shuffle(shuffled)
    assume(shuffled != rows)

    assert _verdict([_frame(rows)], [_frame(shuffled)]) is DIFFERS


@for_all(
    st.tuples(*[st.integers(0, 255)] * 3),
    st.integers(0, 2),
    st.integers(3, 255),
)
def test_a_changed_colour_is_found(colour, channel, change):
    moved = [*colour]
    moved[channel] += change if moved[channel] + change <= 255 else -change
    assume(0 <= moved[channel] <= 255)
    other = (moved[0], moved[1], moved[2])

    everywhere = _verdict([_picture(colour, colour)], [_picture(other, other)])
    at_one_place = _verdict([_picture(colour, colour)], [_picture(colour, other)])

    assert everywhere is DIFFERS
    assert at_one_place is DIFFERS


@for_all(WORDS, FLOATS, st.data())
def test_changed_text_is_found(word, number, data):
    index = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abcxyzæ").filter(lambda it: it != word[index]))
    other = word[:index] + letter + word[index + 1 :]

    text, changed = (_line(one, number, "") for one in (word, other))

    assert _verdict([_stream(text)], [_stream(changed)]) is DIFFERS
    html, changed_html = (f"<p class='a'>{one}</p>" for one in (word, other))
    assert (
        _verdict([_bundle(text_html=html)], [_bundle(text_html=changed_html)])
        is DIFFERS
    )


@for_all(st.lists(WORDS, min_size=2, max_size=5), st.data())
def test_a_removed_cell_or_output_is_found(words, data):
    outputs = [_stream(word) for word in words]
    index = data.draw(st.integers(0, len(words) - 1))
    archived = _notebook(*outputs)
    cells = list(archived.cells)
    silent = cells[index].model_copy(update={"outputs": ()})

    without_cell = Notebook(nbformat=4, cells=(*cells[:index], *cells[index + 1 :]))
    without_output = Notebook(
        nbformat=4, cells=(*cells[:index], silent, *cells[index + 1 :])
    )

    for rerun in (without_cell, without_output):
        assert compare_notebooks(archived, rerun).verdict is DIFFERS
        assert compare_notebooks(rerun, archived).verdict is DIFFERS


TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.one_of(
            WORDS, FLOATS.map(repr), ADDRESS, SECONDS, st.sampled_from(" \n\t-=")
        ),
        max_size=8,
    ).map(" ".join),
)


@for_all(TEXTS, TEXTS)
def test_the_order_of_the_two_copies_does_not_matter(one, other):
    comparer = TextComparer(Policy())

    forth, back = comparer.compare(one, other), comparer.compare(other, one)

    assert forth.verdict is back.verdict
    assert forth.rules == back.rules
    assert comparer.compare(one, one).verdict is SAME


TEXT = "age 54.25 (sd 12.5), n = 1,240; p = 3e-05 <Fit at 0x7f00aabbccdd>\nend 7"


def test_what_is_called_equal_reads_the_same():
    """Put any character anywhere, and read the numbers in another, plainer way."""
    mutated = {
        TEXT[:place] + character + TEXT[place + width :]
        for place in range(len(TEXT) + 1)
        for character in (*"0123456789.,-+e aZ\n=(<x", "")
        for width in (0, 1)
    }
    compare = TextComparer(Policy()).compare
    findings = {other: compare(TEXT, other) for other in mutated}
    equal = [
        other
        for other, finding in findings.items()
        if finding.verdict is not DIFFERS and not finding.rules
    ]

    assert len(mutated) > 2_000
    assert 3 < len(equal) < 60
    for other in equal:
        assert _letters(other) == _letters(TEXT)
        assert _numbers(other) == pytest.approx(_numbers(TEXT), rel=1e-6)


def _letters(text: str) -> str:
    return re.sub(r"[\d\s.,+e-]", "", text)


def _numbers(text: str) -> list[float]:
    joined = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    return [float(it) for it in re.findall(r"\d+\.?\d*(?:e[+-]?\d+)?", joined)]
