"""The pages of findings: report, triage, effect."""

import json
import re

import pytest

from enclave.delivery.deliver import deliver
from tests.builders import installation
from tests.builders.projects import at


FIELDS = {
    "project": "demo",
    "variable": "lab.value",
    "pattern": "Values above ten are typing errors of the analyser.",
    "evidence": "lab[lab.value > 10].groupby('code').size()",
    "kind": "limits",
    "highest": "10",
    "where_variable": "code",
    "where_equals": "NPU19748",
}


@pytest.fixture
def granted(clinic, settings, database):
    grant = installation.issued(settings, database)
    deliver(settings, database, grant.id, clock=at())
    return clinic


def post(browser, path, **fields):
    page = browser.get(path).text
    csrf = re.search(r'name="csrf" value="([^"]*)"', page)[1]
    return browser.post(path, data={"csrf": csrf, **fields})


def test_a_finding_is_reported_looked_into_and_accepted(granted):
    rikke, mads = granted.browser("rikke"), granted.browser("mads")
    answer = post(rikke, "/findings", **FIELDS)
    assert answer.status_code == 303
    page = rikke.get("/findings/1").text
    assert "typing errors" in page
    assert 'value="accept"' not in page
    touched = post(rikke, "/findings/1", action="effect").text
    assert "in version 1 of the project" in touched

    assert post(mads, "/findings/1", action="take_up").status_code == 303
    assert "Exact, for your eyes." in post(mads, "/findings/1", action="effect").text
    # What another rule would change is seen before that one is accepted.
    wider = json.dumps({"kind": "limits", "variable": "lab.value", "highest": 1000})
    seen = post(mads, "/findings/1", action="effect", rule=wider).text
    assert "change 0 rows of 0 persons" in seen
    assert "1000" in seen.split('spellcheck="false">')[1]
    wrong = wider.replace("lab.value", "lab.code")
    refused = post(mads, "/findings/1", action="effect", rule=wrong)
    assert refused.status_code == 422
    summary = "Values above ten are taken for missing."
    rule = mads.get("/findings/1").text.split('spellcheck="false">')[1].split("<")[0]
    done = post(
        mads,
        "/findings/1",
        action="accept",
        comment=summary,
        rule=rule.replace("&#34;", '"'),
    )
    assert done.status_code == 303
    listed = granted.browser("anne").get("/findings?language=da").text
    assert summary in listed
    assert "fra næste indlæsning" in listed
    assert "found by Rikke" in rikke.get("/findings").text


@pytest.mark.parametrize(
    ("who", "fields", "status"),
    [
        ("anne", {}, 403),
        ("rikke", {"variable": "lab.weight"}, 404),
        ("rikke", {"pattern": "See 010190-1234, who is wrong."}, 422),
        ("rikke", {"highest": "high"}, 422),
        ("rikke", {"kind": "sql"}, 422),
        ("rikke", {"csrf": "x"}, 403),
    ],
)
def test_what_is_wrong_is_refused_in_words(granted, who, fields, status):
    browser = granted.browser(who)
    if who == "anne":  # who has no project and so no form
        token = re.search(
            r'name="csrf" value="([^"]*)"', browser.get("/code-lists").text
        )
        answer = browser.post(
            "/findings", data={"csrf": token[1] if token else "", **FIELDS}
        )
    else:
        answer = post(browser, "/findings", **{**FIELDS, **fields})
    assert answer.status_code == status
    assert "Nothing was reported yet." in browser.get("/findings").text


def test_only_data_managers_decide_and_strangers_see_nothing(granted):
    post(granted.browser("rikke"), "/findings", **FIELDS)
    assert granted.browser("anne").get("/findings/1").status_code == 404
    answer = post(granted.browser("rikke"), "/findings/1", action="take_up")
    assert answer.status_code == 403
    assert post(granted.browser("mads"), "/findings/1", action="x").status_code == 422
