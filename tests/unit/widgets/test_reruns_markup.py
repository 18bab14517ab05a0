"""What the dashboard of re-runs writes: in both languages, and safely."""

from datetime import UTC, datetime
from typing import Any

import pytest

from enclave.archive.comparison.verdict import Verdict
from enclave.archive.rerun_overview import OPEN, Concern
from enclave.jobs.states import JobState
from enclave.portal.reruns.answers import MonthAnswer, OverviewAnswer, RerunAnswer
from enclave_widgets.reruns_markup import RerunsMarkup
from enclave_widgets.words import WORDS


def rerun(**changes: Any) -> RerunAnswer:
    fields: dict[str, Any] = {
        "analysis": "PAC2026Rikke_x",
        "title": "X",
        "number": 3,
        "data": "frozen",
        "kernel": "python-2026.12",
        "requested": datetime(2026, 11, 22, tzinfo=UTC),
        "state": "done",
        "step": None,
        "steps": None,
        "verdict": "differs",
    }
    return RerunAnswer(**{**fields, **changes})


@pytest.mark.parametrize("language", ["en", "da"])
def test_every_state_verdict_and_concern_has_words(language):
    write, words = RerunsMarkup(language), WORDS[language]

    states = write.requests(
        [rerun(state=one, verdict=None) for one in (OPEN, *JobState)]
    )
    verdicts = write.requests([rerun(verdict=one) for one in Verdict])
    concerns = write.health(
        OverviewAnswer(reruns=(), months=(), well=False, concerns=tuple(Concern))
    )

    assert all(one in states for one in words.rerun_states)
    assert all(one in verdicts for one in words.verdicts)
    assert all(one in concerns for one in words.concerns)
    assert len(words.concerns) == len(Concern)


def test_the_bars_are_as_high_as_the_numbers_say():
    months = [
        MonthAnswer(month="2026-10", verdicts={"identical": 1}),
        MonthAnswer(month="2026-11", verdicts={"identical": 2, "differs": 2}),
    ]

    drawn = RerunsMarkup("en").trend(months)

    assert 'height="43.0" fill="#1d6b3c"><title>2026-10: 1 Identical' in drawn
    assert 'height="86.0" fill="#9b2226"><title>2026-11: 2 Differs' in drawn
    assert '<th scope="row">2026-11</th><td data-head="Identical">2</td>' in drawn


def test_the_cell_that_runs_is_shown():
    running = rerun(state="running", step=3, steps=20, verdict=None)
    assert "Running (3/20)" in RerunsMarkup("en").requests([running])


def test_what_the_portal_answers_is_escaped():
    evil = "<script>x</script>"
    assert evil not in RerunsMarkup("en").requests([rerun(analysis=evil)])
    unknown = OverviewAnswer(reruns=(), months=(), well=False, concerns=(evil,))
    assert evil not in RerunsMarkup("en").health(unknown)


def test_nothing_yet_is_said():
    write = RerunsMarkup("da")
    assert "Ingen genkørsel er bestilt" in write.requests([])
    assert "Ingen genkørsel har et udfald" in write.trend([])


def test_each_cell_names_its_column_for_a_telephone():
    write = RerunsMarkup("en")

    assert '<td data-head="Verdict">Differs</td>' in write.requests([rerun()])
    month = MonthAnswer(month="2026-11", verdicts={"differs": 3})
    assert '<td data-head="Differs">3</td>' in write.trend([month])
