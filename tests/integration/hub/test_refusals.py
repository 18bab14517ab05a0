"""Who is refused, by whom, and with what reason."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from enclave.clock import today
from enclave.projects import people
from enclave.store.audit_tables import AuditEntry
from enclave.store.database import Database
from tests.builders.hub import OTHER, PROJECT, wait_for
from tests.builders.hub_person import SCRIPT, Person


pytestmark = [pytest.mark.hub, pytest.mark.sandbox]


@pytest.fixture
def records(enclave):
    database = Database(enclave.settings.database_url)
    yield database
    database.dispose()


@pytest.fixture
def without_training(records):
    """Let rikke's yearly training be over."""

    def change(day):
        with records.begin() as session:
            people.get(session, "rikke").training_until = day

    change(today() - timedelta(days=1))
    yield
    change(today() + timedelta(days=365))


def test_a_wrong_password_or_an_unknown_person_is_not_let_in(enclave):
    for name, password in (("rikke", "wrong"), ("nobody", enclave.password)):
        with httpx.Client(base_url=enclave.url, follow_redirects=True) as stranger:
            stranger.get("/hub/login")
            form = {"username": name, "password": password}
            form["_xsrf"] = stranger.cookies.get("_xsrf", path="/hub/")
            answer = stranger.post("/hub/login", data=form)
            assert answer.status_code == 403
            assert "Name or password is wrong" in answer.text
            assert stranger.get("/hub/home").url.path == "/hub/login"


def test_there_is_no_server_without_a_project(rikke):
    assert rikke.hub("POST", "/users/rikke/server").status_code == 404
    assert rikke.hub("POST", "/users/rikke/servers/").is_error
    assert rikke.http.get("/hub/spawn/rikke").is_error
    assert rikke.hub("GET", "/users/rikke").json()["server"] is None


def test_a_project_of_somebody_else_is_not_opened(rikke, anne):
    for person, project in ((rikke, OTHER), (anne, PROJECT)):
        path = f"/users/{person.name}/servers/{project}"
        assert person.hub("POST", path).status_code in {403, 404}
        page = person.http.get(f"/hub/spawn/{person.name}/{project}")
        assert page.status_code in {403, 404}
        assert "you are not a member of the project" in page.text


def test_nobody_starts_or_enters_the_workspace_of_another(workspace, anne):
    assert anne.hub("POST", f"/users/rikke/servers/{PROJECT}").status_code == 404
    assert anne.http.get(f"{workspace.path}/lab").status_code == 403
    # A cookie of her own signs nobody in there, nor does a token that is made up.
    for headers in (SCRIPT, {**SCRIPT, "Authorization": "token 0123456789abcdef"}):
        answer = anne.http.get(f"{workspace.url}/api/contents", headers=headers)
        assert answer.status_code == 403
        assert "signed out of this workspace" in answer.json()["message"]


def test_a_workspace_cannot_become_another_by_renaming(rikke):
    rikke.open()
    rikke.close()
    answer = rikke.hub(
        "PATCH", f"/users/rikke/servers/{PROJECT}", name="some-other-name"
    )
    assert answer.status_code == 400
    assert "a workspace belongs to its project" in answer.text
    servers = rikke.hub("GET", "/users/rikke?include_stopped_servers").json()["servers"]
    assert "some-other-name" not in servers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/users/rikke/tokens"),
        ("GET", "/users"),
        ("POST", f"/shares/rikke/{PROJECT}"),
        ("POST", f"/share-codes/rikke/{PROJECT}"),
        ("GET", "/proxy"),
        ("GET", "/info"),
        ("POST", "/shutdown"),
        ("POST", "/groups/new"),
    ],
)
def test_no_tokens_no_sharing_no_administration(rikke, method, path):
    answer = rikke.hub(method, path)
    assert answer.status_code in {403, 404} or answer.json() == []


@pytest.mark.usefixtures("without_training")
def test_the_reason_is_given_where_a_member_is_refused(rikke):
    rikke.close()  # an open one would be entered before it is ended
    page = rikke.http.get(f"/hub/spawn/rikke/{PROJECT}")
    assert page.status_code == 400
    assert "The yearly training of rikke ended on" in page.text
    home = rikke.http.get("/hub/home").text
    assert "The yearly training of rikke ended on" in home
    assert "Open workspace" not in home


def test_who_may_not_be_there_any_more_is_put_out(rikke, workspace, records, request):
    assert workspace.get("api/status").status_code == 200
    request.getfixturevalue("without_training")
    wait_for(lambda: not rikke.server(), seconds=120)
    with records.begin() as session:
        last = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action == "workspace.close")
            .order_by(AuditEntry.number.desc())
        ).first()
    assert last.subject == f"project:{PROJECT}"
    assert "training" in last.details


@pytest.mark.usefixtures("workspace")
def test_opening_is_on_record(records):
    with records.begin() as session:
        opened = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "workspace.open")
        ).all()
    assert ("rikke", f"project:{PROJECT}") in {(e.actor, e.subject) for e in opened}


def test_signing_out_ends_it_everywhere(enclave):
    person = Person(enclave, "karen")
    assert "Karen" in person.http.get("/services/portal/").text
    person.http.get("/hub/logout")
    assert person.http.get("/services/portal/").url.path == "/hub/login"
    person.http.close()


def test_a_server_refuses_in_the_language_of_the_page(rikke):
    workspace = rikke.open()
    note = {"type": "file", "format": "text", "content": "seen"}
    for name in ("note.txt", "b.txt"):
        saved = workspace.ask("PUT", f"api/contents/work/{name}", json=note)
        assert saved.status_code in {200, 201}
    no, nej = "Save a copy in work", "Gem en kopi i work"
    tried = [
        ("PUT", "data/note.txt", note, no, nej),
        ("PATCH", "work/note.txt", {"path": "own/note.txt"}, no, nej),
        ("DELETE", "templates/table_1.ipynb", None, no, nej),
        ("PATCH", "work/note.txt", {"path": "work/b.txt"}, "another", "et andet"),
        ("GET", "work/nothing.txt", None, "list of files", "listen over filer"),
    ]
    for method, path, body, english, danish in tried:
        for language, words in (("en-GB,en", english), ("da-DK,da", danish)):
            spoken = {"Accept-Language": language}
            answer = workspace.ask(
                method, f"api/contents/{path}", json=body, headers=spoken
            )
            assert answer.status_code >= 400
            assert words in answer.json()["message"], (method, path)


def test_what_is_deleted_is_gone_and_not_in_a_hidden_bin(rikke):
    workspace = rikke.open()
    note = {"type": "file", "format": "text", "content": "seen"}
    workspace.ask("PUT", "api/contents/work/unwanted.txt", json=note)

    gone = workspace.ask("DELETE", "api/contents/work/unwanted.txt")

    assert gone.status_code == 204
    work = rikke.enclave.settings.projects / PROJECT / "shared" / "work"
    assert not [p for p in work.rglob("*") if "unwanted" in p.name]
