"""A bare question that cannot be asked, as somebody sees it who wrote it in a cell."""

import os
import subprocess
import sys

import pytest

from enclave.cohort.node import MalformedError
from enclave.cohort.question import AgeRange, Population, Question
from enclave.cohort.rendering import describe
from enclave.errors import InputError


CELL = (
    "from enclave.cohort.question import Question; display(Question());"
    " Question(citeria=(), index=3)"
)


def test_it_is_an_error_of_ours_and_repeats_nothing_of_what_was_written():
    with pytest.raises(InputError) as refusal:
        Question(population=3, variables=["010190-1234"])

    assert isinstance(refusal.value, ValueError)
    assert refusal.value.__cause__ is refusal.value.__context__ is None
    assert str(refusal.value) == (
        "This question cannot be asked:\n"
        "  population: Write fields here, in curly brackets.\n"
        "  variables[0]: Write the variable as the catalogue does: table.variable."
    )


def test_a_part_that_is_read_within_a_whole_is_told_with_its_place():
    with pytest.raises(MalformedError, match=r"population\.age\.minimum: Write"):
        Question(population={"age": {"minimum": "18", "at": "index"}})
    with pytest.raises(MalformedError, match="minimum: Write a whole"):
        Population(age=AgeRange(minimum="18", at="index"))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "citeria: No such field. Take it out, or check how it is spelt."),
        ("da", "citeria: Der er intet sådant felt."),
    ],
)
def test_a_cell_shows_it_in_the_words_of_the_reader(tmp_path, language: str, said: str):
    shell = [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor"]

    shown = subprocess.run(
        [*shell, "--ext=enclave_widgets.spoken_errors", "-c", CELL],
        env={**os.environ, "HOME": str(tmp_path), "ENCLAVE_LANGUAGE": language},
        capture_output=True,
        check=False,
        text=True,
    ).stdout

    good, wrong = shown.split("\n", 1)
    assert good == describe(Question(), language)
    assert said in wrong
    assert wrong.startswith("MalformedError: ")
    assert "Traceback" not in shown
    assert "pydantic" not in shown
