"""What every language must be able to say about a question.

A language is text with gaps, and nothing else. Each phrase stands as it is: grammar is
never patched together from endings.
"""

from dataclasses import dataclass
from typing import Literal


Language = Literal["en", "da"]


@dataclass(frozen=True)
class Wording:
    """The phrases of one language. Braces are gaps to be filled."""

    # Numbers, dates, lists
    months: tuple[str, ...]
    date: str
    decimal_point: str
    and_: str
    or_: str
    on_date: str
    from_date: str
    to_date: str
    from_to_date: str
    # Population
    population: str
    everybody: dict[str | None, str]
    who_are: str
    born: str
    age: str
    age_from: str
    age_to: str
    age_from_to: str
    alive: str
    at_index: str
    birth_year: str
    birth_year_from: str
    birth_year_to: str
    birth_year_from_to: str
    observed: str
    # Codes
    code: str
    codes: str
    code_prefix: str
    code_of: str
    codes_of: str
    code_prefix_of: str
    code_descendants_of: str
    excluded: str
    code_list: str
    version: str
    # Values
    and_result: str
    value: dict[str, str]
    any_unit: str
    scaled: str
    converted: str
    substances: dict[str, str]
    abnormal: dict[str, str]
    # Events
    index: str
    index_observed: str
    index_that_fits: str
    an_event: str
    events: str
    events_on_days: str
    events_and_days: str
    picked: dict[str, str]
    of_it: str
    no_event: str
    fewer_events: str
    in_table: str
    from_sources: str
    dated: str
    # Windows
    the_index_event: str
    the_other_event: str
    this_event: str
    day_of: str
    days_after: tuple[str, str]
    days_before: tuple[str, str]
    on_day_of: str
    exactly: str
    from_to: str
    onwards: str
    until: str
    whenever: str
    during: str
    same_contact: str
    same_observation: str
    other_event: str
    sequence: str
    sequence_open: str
    # Criteria
    criteria: str
    all_of: str
    any_of: str
    not_all_of: str
    none_of: str
    at_least_of: str
    not_: str
    variables: str
    # Steps of the attrition
    step_everybody: str
    step_index: str
