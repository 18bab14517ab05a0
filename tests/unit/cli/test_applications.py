"""People, applications and projects from the command line."""

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from enclave.cli.main import enclave
from enclave.clock import today
from enclave.projects import demo, demo_forms
from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders import installation
from tests.builders.projects import QUESTION


@pytest.fixture
def run(settings: Settings, database: Database):
    with database.begin() as session:
        demo.register_demo_people(session)

    def run(*words: object) -> Result:
        runner = CliRunner()
        return runner.invoke(enclave, [str(word) for word in words], obj=settings)

    return run


@pytest.fixture
def written(tmp_path: Path):
    def written(form: object) -> Path:
        file = tmp_path / "form.json"
        file.write_text(json.dumps(form), encoding="utf-8")
        return file

    return written


def proposal(**changes) -> dict:
    return demo_forms.proposal(QUESTION, today=today(), **changes)


def refusal(result: Result, code: int) -> str:
    """Return the one message of a command that was refused."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr
    return result.stderr


def test_from_a_form_to_a_project_and_a_grant(run, written, settings: Settings):
    installation.load(settings)
    made = run(
        "application", "new", "proposal", "--form", written(proposal()), "--as", "rikke"
    )
    assert made.exit_code == 0, made.output
    assert "Proposal 1 is a draft: Outcome after a first diagnosis" in made.output
    assert "Hand it in: enclave application act 1 submit --as rikke" in made.output
    for action, who in (
        ("submit", "rikke"),
        ("start_review", "karen"),
        ("approve", "karen"),
    ):
        done = run("application", "act", 1, action, "--as", who)
        assert done.exit_code == 0, done.output
    assert done.output == "Proposal 1 is approved.\n"

    form = demo_forms.data_request("demo", installation.VARIABLES, installation.WINDOW)
    run("application", "new", "data_request", "--form", written(form), "--as", "rikke")
    for action, who in (
        ("submit", "rikke"),
        ("check_approvals", "karen"),
        ("agree_specification", "mads"),
        ("extract", "mads"),
    ):
        done = run("application", "act", 2, action, "--as", who)
        assert done.exit_code == 0, done.output
    assert run("deliver", "G2-1", "--as", "mads").exit_code == 0
    done = run("application", "act", 2, "activate", "--as", "mads")

    assert done.output == "Data request 2 is active.\n"
    assert json.loads(run("grant", "list", "--json").output)[0]["id"] == "G2-1"
    shown = run("project", "show", "demo").output
    assert "State: active." in shown
    assert "Leader: rikke, since" in shown
    assert "Approval: regionsraad R-26012345" in shown
    assert "The audit log is whole" in run("audit", "verify").output


def test_a_draft_says_what_it_still_lacks(run, written):
    file = written(proposal(aims="", approvals=[]))

    made = run("application", "new", "proposal", "--form", file, "--as", "rikke")
    assert "Still to do: aims: is too short" in made.output
    file = written(proposal(short_name="ok"))
    edited = run("application", "edit", 1, "--form", file, "--as", "rikke")
    assert edited.output.startswith("Application 1 is changed (version 2).")
    assert "Still to do" not in edited.output


def test_an_odd_journal_number_is_remarked(run, written):
    approvals = demo_forms.approvals(today())
    approvals[0]["journal_number"] = "123"

    made = run(
        "application", "new", "proposal",
        "--form", written(proposal(approvals=approvals)), "--as", "rikke",
    )  # fmt: skip
    assert "Look again at approvals[0].journal_number: 123 does not look" in made.output


def test_an_application_is_shown_with_its_history(run, written):
    run(
        "application", "new", "proposal", "--form", written(proposal()), "--as", "rikke"
    )
    run("application", "act", 1, "submit", "--as", "rikke")
    run("application", "act", 1, "return", "--as", "karen", "--reason", "Say more.")

    shown = run("application", "show", 1, "--as", "rikke").output
    assert "State: returned (version 3)" in shown
    assert "all women" in shown
    assert "karen  return: Say more." in shown
    assert "You may: submit, withdraw" in shown
    whole = json.loads(run("application", "show", 1, "--as", "karen", "--json").output)
    assert whole["form"]["title"] == proposal()["title"]
    assert whole["actions"] == []


def test_lists(run, written):
    run(
        "application", "new", "proposal", "--form", written(proposal()), "--as", "rikke"
    )
    run("application", "act", 1, "submit", "--as", "rikke")

    def listed(*more: str) -> list[int]:
        found = run("application", "list", "--json", *more)
        return [one["id"] for one in json.loads(found.output)]

    assert listed("--as", "karen") == listed("--as", "karen", "--waiting") == [1]
    assert listed("--as", "rikke", "--waiting") == listed("--as", "anne") == []
    assert listed("--as", "rikke", "--kind", "data_request") == []
    assert "submitted" in run("application", "list", "--as", "rikke").output
    assert json.loads(run("project", "list", "--json").output) == []
    assert (
        json.loads(run("project", "list", "--member", "rikke", "--json").output) == []
    )


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("application act 1 approve --as karen", 4, "no application 1"),
        ("application act 9 submit --as rikke", 4, "no application 9"),
        ("application act 1 submit --as anne", 4, "no application 1"),
        ("application act 1 submit --as nobody", 4, "no account 'nobody'"),
        ("application show 1 --as anne", 4, "no application 1"),
        ("project show nope", 4, "no project 'nope'"),
        (
            "people add x --display-name X --email x --institution Y --role core",
            2,
            "not an e-mail",
        ),
    ],
)
def test_refusals_are_one_message(run, written, command: str, code: int, words: str):
    run(
        "application", "new", "proposal", "--form", written(proposal()), "--as", "rikke"
    )

    found = refusal(run(*command.split()), 4 if "|" in words else code)
    assert words.rsplit("|", maxsplit=1)[-1] in found


def test_nobody_decides_on_their_own_project(run, written):
    group = [
        *proposal()["group"],
        {"name": "Karen", "email": "karen@demo.example", "institution": "RH"},
    ]
    file = written(proposal(group=group))
    run("application", "new", "proposal", "--form", file, "--as", "rikke")
    run("application", "act", 1, "submit", "--as", "rikke")

    result = run("application", "act", 1, "start_review", "--as", "karen")
    assert "Nobody decides on their own project" in refusal(result, 3)


def test_an_expired_approval_stops_the_request(run, written, settings: Settings):
    installation.load(settings)
    run(
        "application", "new", "proposal", "--form", written(proposal()), "--as", "rikke"
    )
    for action, who in (
        ("submit", "rikke"),
        ("start_review", "karen"),
        ("approve", "karen"),
    ):
        run("application", "act", 1, action, "--as", who)
    approvals = demo_forms.approvals(today())
    approvals[1] |= {"decision_date": "2020-01-01", "expires": "2021-01-01"}
    form = demo_forms.data_request("demo", ["lab.value"], installation.WINDOW)
    file = written({**form, "approvals": approvals})
    run("application", "new", "data_request", "--form", file, "--as", "rikke")

    found = refusal(run("application", "act", 2, "submit", "--as", "rikke"), 2)
    assert "regionsraad R-26012345 expired on 2021-01-01" in found


@pytest.mark.parametrize("content", [None, "{", "[]", "\udcff"])
def test_a_form_that_cannot_be_read(run, tmp_path: Path, content: str | None):
    file = tmp_path / "form.json"
    if content is not None:
        file.write_bytes(content.encode("utf-8", "surrogateescape"))

    result = run("application", "new", "proposal", "--form", file, "--as", "rikke")
    assert str(file) in refusal(result, 2)


@pytest.mark.parametrize("kind", ["proposal", "data_request"])
def test_the_fields_of_a_form_are_told(run, kind: str):
    fields = json.loads(run("application", "form", kind).output)["properties"]

    assert fields["end_date"]["title_en"].startswith("Last day")


def test_people_are_added_by_data_managers(run):
    person = ("--display-name", "Eva", "--email", "eva@x.dk", "--institution", "RH")

    added = run("people", "add", "eva", *person, "--role", "core", "--as", "mads")
    assert added.output == "eva (eva@x.dk) is registered: core.\n"
    refused = run("people", "add", "ida", *person, "--role", "core", "--as", "rikke")
    assert "rikke is no data manager" in refusal(refused, 3)
    assert "eva@x.dk" in run("people", "list").output
    listed = {
        one["name"]: one for one in json.loads(run("people", "list", "--json").output)
    }
    assert listed["eva"]["roles"] == ["core"]
    assert listed["eva"]["training_until"] is None


def test_what_expired_is_written_down(run):
    assert run("project", "suspend-expired").output == (
        "No project has changed its state.\n"
    )


def test_an_approval_is_registered_by_core(run, written):
    run(
        "application", "new", "proposal", "--form", written(proposal()), "--as", "rikke"
    )
    for action, who in (
        ("submit", "rikke"),
        ("start_review", "karen"),
        ("approve", "karen"),
    ):
        run("application", "act", 1, action, "--as", who)
    file = written({**demo_forms.approvals(today())[1], "journal_number": "R-26099999"})

    done = run("project", "register-approval", "demo", "--form", file, "--as", "karen")
    assert done.output == "Registered. Project demo is active.\n"
    assert "R-26099999" in run("project", "show", "demo").output
    no = run("project", "register-approval", "demo", "--form", file, "--as", "rikke")
    assert "takes the role core" in refusal(no, 3)


def test_a_feasibility_request_is_asked_and_answered(run, written, settings: Settings):
    installation.load(settings)
    form = demo_forms.feasibility_request(
        QUESTION, ["lab.value"], (date(2008, 1, 1), date(2013, 12, 31))
    )
    file = written(form)
    run("application", "new", "feasibility_request", "--form", file, "--as", "rikke")
    run("application", "act", 1, "submit", "--as", "rikke")
    run("application", "act", 1, "take_up", "--as", "mads")

    plain = run("application", "act", 1, "answer", "--as", "mads")
    assert "enclave application answer 1" in refusal(plain, 3)
    done = run(
        "application", "answer", 1,
        "--reason", "For the applicant's power calculation.", "--as", "mads",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "Released to the applicant, valid until " in done.output
    assert "Exactly, and for you alone: 12 persons." in done.output
    shown = run("application", "show", 1, "--as", "rikke").output
    assert "State: answered" in shown
    assert "Outcome: " in shown
    assert "12 persons" not in shown
