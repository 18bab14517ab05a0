"""The table of questions that people saved for themselves."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from enclave.store.base import Table, UtcDateTime


class SavedQuestion(Table):
    """A question under a name; ``question`` is its JSON. Nobody but its owner sees it.

    A notepad, and no record: what was asked and decided stands elsewhere.
    """

    __tablename__ = "saved_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(ForeignKey("account.name"))
    name: Mapped[str] = mapped_column(String(60))
    question: Mapped[str] = mapped_column(Text)
    saved: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("owner", "name"),)
