"""The tables of a snapshot that a question is asked of."""

import ibis


PERSON = ibis.table(
    {"person": "int64", "sex": "string", "birth_date": "date", "death_date": "date"},
    name="person",
)
EVENTS = ibis.table(
    {
        "person": "int64",
        "table": "string",
        "code": "string",
        "code_system": "string",
        "date": "date",
        "end_date": "date",
        "value": "float64",
        "operator": "string",
        "unit": "string",
        "low": "float64",
        "high": "float64",
        "source": "string",
        "contact": "string",
    },
    name="events",
)

# The days from ``from_date`` to ``to_date`` on which a person was under observation.
OBSERVED = ibis.table(
    {"person": "int64", "from_date": "date", "to_date": "date"}, name="observed"
)

# The codes below each code, at any distance; there where a vocabulary was loaded.
CODE_ANCESTOR = ibis.table(
    {"code": "string", "code_system": "string", "ancestor": "string"},
    name="code_ancestor",
)
