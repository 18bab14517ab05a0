"""A kernel asks the portal over its Unix socket."""

import pytest

from enclave.disclosure.policy import policy
from enclave_widgets.client import PortalClient
from enclave_widgets.portal_error import PortalError
from tests.builders.disclosure import event, question


def test_count_attrition_budget_and_rules(client, run):
    async def ask():
        asked = question(event("DE11"), sex="female")
        return (
            await client.policy(),
            await client.count(asked),
            await client.attrition(asked),
            await client.budget(),
        )

    rules, count, attrition, budget = run(ask())

    assert rules.rules == policy()
    assert count.budget_left == 39
    assert attrition.steps[-1].value == count.value
    assert attrition.steps[-1].shown == count.shown
    assert budget.left == attrition.budget_left == 37
    assert len(rules.explanation["da"]) == len(rules.explanation["en"]) > 5


@pytest.mark.parametrize(
    ("text", "language", "label"),
    [
        ("diabetes", "en", "Type 2 diabetes without complications"),
        ("diabetes", "da", "Type 2-diabetes uden komplikationer"),
        ("DE119", "da", "Type 2-diabetes uden komplikationer"),
    ],
)
def test_search(client, run, text, language, label):
    found = run(client.search(text, language))

    assert label in {one.label for one in found if one.code == "DE119"}
    assert {one.system for one in found} == {"SKS"}


def test_what_the_portal_refuses_is_said_in_its_words(client, run):
    with pytest.raises(PortalError, match="prefixes of 4 characters"):
        run(client.count(question(event("DE112"))))
    client.speak("da")
    with pytest.raises(PortalError, match="begyndelser på 4 tegn"):
        run(client.count(question(event("DE112"))))


def test_a_forged_token_is_not_let_in(portal, connect, run):
    forged = portal.token("rikke")[:-3] + "abc"

    with pytest.raises(PortalError, match="Not let in"):
        run(connect(token=forged).budget())


def test_the_token_says_who_pays(connect, run):
    rikke, anne = connect("rikke"), connect("anne")

    run(rikke.count(question()))

    assert run(rikke.budget()).left == 39
    assert run(anne.budget()).left == 40


def test_a_portal_that_is_not_there(connect, run, tmp_path):
    with pytest.raises(PortalError, match="cannot be reached"):
        run(connect(socket=str(tmp_path / "absent.sock")).budget())


def test_a_wrong_address_is_one_message(connect, run):
    with pytest.raises(PortalError):
        run(connect(prefix="/elsewhere").budget())


def test_a_kernel_without_access_is_told_so():
    with pytest.raises(PortalError, match="ENCLAVE_VISIT_TOKEN is not set"):
        PortalClient.from_environment({"ENCLAVE_PORTAL_SOCKET": "/run/portal.sock"})


def test_the_environment_is_enough(portal, run):
    client = PortalClient.from_environment(
        {
            "ENCLAVE_PORTAL_SOCKET": portal.socket,
            "ENCLAVE_VISIT_TOKEN": portal.token("rikke"),
        }
    )

    assert run(client.budget()).left == 40
    run(client.close())


def test_the_token_is_not_printed(portal, client):
    assert portal.token("rikke") not in repr(client)
    assert portal.socket not in repr(client)
