"""The widget that lays an analysis ready: what it says before, and what it copies."""

import json

import pytest

from enclave_widgets.submit import SubmitAnalysis


KERNEL = "python-2026.11"


def notebook(*sources, kernel=KERNEL):
    cells = [
        {"cell_type": "code", "source": one, "metadata": {}, "outputs": []}
        for one in sources
    ]
    about = {"kernelspec": {"name": kernel}} if kernel else {}
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": about, "cells": cells}
    return json.dumps(document)


@pytest.fixture
def work(tmp_path):
    work = tmp_path / "work"
    (work / "study").mkdir(parents=True)
    (work / "study" / "clean.ipynb").write_text(notebook("n = 1"))
    (work / "study" / "model.R").write_text("x <- rnorm(5)\n")
    (work / "study" / "analysis.yaml").write_text("steps: [clean.ipynb, model.R]\n")
    (work / "study" / ".hidden").write_text("x")
    (work / "draw.ipynb").write_text(
        notebook("import numpy as np", "np.random.default_rng().normal()")
    )
    (work / "fine.ipynb").write_text(notebook("1 + 1"))
    (work / "known.py").write_text("patient = '010190-1234'\n")
    (work / "notes.txt").write_text("x")
    (work / "figures").mkdir()
    (work / "link.ipynb").symlink_to(work / "fine.ipynb")
    (work / "nowhere.ipynb").write_text(notebook("1", kernel=""))
    (work / "asks.ipynb").write_text(notebook("1", kernel="questions"))
    return work


@pytest.fixture
def submit(work, tmp_path):
    (tmp_path / "return").mkdir()
    return SubmitAnalysis(language="en", work=work, folder=tmp_path / "return")


def test_what_could_be_an_analysis_is_offered(submit):
    assert submit.choice.options == (
        *("asks.ipynb", "draw.ipynb", "fine.ipynb", "known.py", "nowhere.ipynb"),
        "study",
    )


@pytest.mark.parametrize(
    ("name", "language", "words"),
    [
        ("draw.ipynb", "en", "cell 2: numpy.random.default_rng draws random numbers"),
        ("draw.ipynb", "da", "celle 2: numpy.random.default_rng trækker"),
        ("study", "en", "model.R, cell 1: rnorm draws"),
        ("known.py", "en", "known.py: something looks like an identifier"),
        ("nowhere.ipynb", "en", "does not say which kernel"),
        ("asks.ipynb", "en", "no kernel questions"),
        ("fine.ipynb", "da", "intet fundet"),
    ],
)
def test_what_to_think_of_is_said_before(submit, name, language, words):
    submit.frame.languages.value = language
    submit.choice.value = name
    assert words in submit.said.value
    assert "010190" not in submit.said.value


def test_what_is_chosen_is_laid_into_return_as_it_is_now(submit, work, tmp_path):
    for name in ("fine.ipynb", "study"):
        submit.choice.value = name
        submit.keep.click()
        assert name in submit.said.value
    (work / "fine.ipynb").write_text(notebook("2 + 2"))
    (work / "study" / "model.R").unlink()
    (work / "study" / "analysis.yaml").write_text("steps: [clean.ipynb]\n")
    for name in ("fine.ipynb", "study"):
        submit.choice.value = name
        submit.keep.click()

    laid = tmp_path / "return"
    assert "2 + 2" in (laid / "fine.ipynb").read_text()
    assert {one.name for one in (laid / "study").iterdir()} == {
        "clean.ipynb",
        "analysis.yaml",
    }
    assert sorted(one.name for one in laid.iterdir()) == ["fine.ipynb", "study"]


def test_what_cannot_be_run_is_not_laid_there(submit, tmp_path):
    for name in ("nowhere.ipynb", "asks.ipynb"):
        submit.choice.value = name
        submit.keep.click()
        assert "It cannot be run" in submit.said.value
    assert list((tmp_path / "return").iterdir()) == []


def test_an_empty_folder_is_said(tmp_path):
    widget = SubmitAnalysis(language="da", work=tmp_path, folder=tmp_path)
    (shown,) = widget.frame.body.children[0].children
    assert "hverken notebook" in shown.value
