import pytest

from enclave.audit import log
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.projects import demo, people
from enclave.projects.people import Person, Role
from enclave.store.database import Database
from tests.builders.projects import TODAY, at, cast, later, person


def test_a_registered_account_is_read_back_whole(database: Database):
    with database.begin() as session:
        person(session, "eva-2", Role.CORE, Role.CHECKER, email="Eva@Regionh.dk")

    with database.begin() as session:
        found = people.get(session, "eva-2")
        assert found.roles == {Role.CORE, Role.CHECKER}
        assert found.email == "eva@regionh.dk"
        assert people.by_email(session, " EVA@regionh.dk ") is found
        assert found.training_until > TODAY


@pytest.mark.parametrize(
    "name",
    ["", "Eva", "eva_2", "2eva", "-eva", "eva-", "a--b", "æva", "a" * 33, "system"],
)
def test_a_name_that_a_hub_could_not_use_is_refused(database: Database, name: str):
    with (
        database.begin() as session,
        pytest.raises(InputError, match="cannot be an account name"),
    ):
        person(session, name, email="x@demo.example")


@pytest.mark.parametrize("email", ["", "eva", "@x.dk", "eva@", "eva@x", "e va@x.dk"])
def test_what_is_no_address_is_refused(database: Database, email: str):
    with database.begin() as session, pytest.raises(InputError, match="e-mail"):
        people.register(
            session, Person("eva", "Eva", email, "RH", ["core"]), actor="system"
        )


def test_an_unknown_role_is_refused_with_the_known_ones(database: Database):
    with (
        database.begin() as session,
        pytest.raises(InputError, match="no role 'king': the roles are researcher"),
    ):
        person(session, "eva", "king")


def test_an_address_names_one_person(database: Database):
    with database.begin() as session:
        person(session, "eva")
        with pytest.raises(InputError, match="belongs to account eva"):
            person(session, "ida", email="EVA@demo.example")


def test_nobody_of_that_name(database: Database):
    with database.begin() as session, pytest.raises(NotFoundError, match="'eva'"):
        people.get(session, "eva")


def test_a_data_manager_adds_people_and_others_do_not(database: Database):
    cast(database)
    eva = Person("eva", "Eva", "eva@x.dk", "RH", ["researcher"])

    with database.begin() as session:
        people.register(session, eva, actor="mads")
        with pytest.raises(PolicyRefusal, match="karen is no data manager"):
            people.register(session, eva, actor="karen")


def test_nobody_gives_themselves_a_role(database: Database):
    cast(database)
    more = Person("mads", "Mads", "mads@demo.example", "RH", [*Role])

    with (
        database.begin() as session,
        pytest.raises(PolicyRefusal, match="own account"),
    ):
        people.register(session, more, actor="mads")


def test_a_change_is_on_record_and_no_change_is_not(database: Database):
    with database.begin() as session:
        person(session, "eva")
        known = log.length(session)
        person(session, "eva")
        assert log.length(session) == known
        person(session, "eva", Role.CORE)

    with database.begin() as session:
        newest, oldest = log.latest(session, 5, subject="account:eva")
        assert (newest["action"], oldest["action"]) == ("account.change", "account.add")
        assert newest["details"]["roles"] == ["core"]
        assert people.get(session, "eva").roles == {Role.CORE}


def test_the_demo_people_are_one_of_each_and_can_be_renewed(database: Database):
    with database.begin() as session:
        demo.register_demo_people(session, clock=at())
        demo.register_demo_people(session, clock=later(days=100))

    with database.begin() as session:
        everybody = {one.name: one for one in people.everybody(session)}
        names = "anne bente erik karen kim mads ole rikke sanne sune"
        assert sorted(everybody) == names.split()
        assert set().union(*(one.roles for one in everybody.values())) == {*Role}
        assert (everybody["rikke"].agreement_until - TODAY).days == 465
