"""Who took a list is asked, week by week, whether it is destroyed."""

from sqlalchemy import select

from enclave.delivery.cpr_extract import desk, handover
from enclave.projects import lifecycle, notices
from enclave.store.delivery_tables import CprExtract
from enclave.store.notice_tables import Notice, OutgoingMail
from enclave.store.project_tables import Membership
from tests.builders.cpr_hospital import released
from tests.builders.projects import TODAY, at, later


def handed_over(settings, database, recipient):
    number = released(database, recipient=recipient)
    made = desk.prepare(settings, database, number, actor="mads", clock=at())
    handover.take(settings, database, made.link, actor=recipient, clock=at())


def joins(database, who):
    with database.begin() as session:
        number = lifecycle.get(session, "demo").number
        session.add(
            Membership(project_number=number, account=who, role="member", since=TODAY)
        )


def reminded(database, days):
    with database.begin() as session:
        return handover.remind(session, later(days=days))


def test_a_member_who_took_it_is_reminded_until_it_is_destroyed(settings, hospital):
    joins(hospital, "anne")
    handed_over(settings, hospital, "anne")

    assert [reminded(hospital, days) for days in (89, 91, 92, 98)] == [0, 1, 0, 1]

    with hospital.begin() as session:
        hers = select(OutgoingMail.body).where(OutgoingMail.recipient.contains("anne@"))
        mail = session.scalars(hers).first()
        assert "bekræft, at listen, du har hentet, er destrueret" in mail
        assert "confirm that the list you took is destroyed" in mail
        (number,) = session.scalars(select(CprExtract.id))
    handover.confirm_destruction(hospital, number, actor="anne", clock=later(days=99))
    assert reminded(hospital, 120) == 0


def test_a_leader_is_reminded_of_the_application_and_not_twice(settings, hospital):
    handed_over(settings, hospital, "rikke")

    assert reminded(hospital, 91) == 0

    with hospital.begin() as session:
        notices.remind(session, later(days=92))
        late = select(Notice.account).where(Notice.key == "late")
        assert "rikke" in session.scalars(late).all()
