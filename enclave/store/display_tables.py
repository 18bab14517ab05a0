"""How many bytes were shown to whom."""

from datetime import date

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from enclave.store.base import Table


class DisplayEgress(Table):
    """What went towards the browser of one person in one project on one day (UTC).

    Names and not references: what was shown stays on record, whatever becomes of
    account and project.
    """

    __tablename__ = "display_egress"

    day: Mapped[date] = mapped_column(primary_key=True)
    project: Mapped[str] = mapped_column(String(30), primary_key=True)
    person: Mapped[str] = mapped_column(String(60), primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    answers: Mapped[int] = mapped_column(BigInteger)
