"""Which words there are: every one that a visitor sees."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The words of one language. Braces are filled in where they are used."""

    title: str
    lead: str
    population: str
    sex: str
    sexes: tuple[str, str, str]
    age_on: str
    age_from: str
    age_to: str
    no_limit: str
    wrong_ages: str
    criteria: str
    criteria_hint: str
    search: str
    search_hint: str
    searching: str
    nothing_found: str
    found: str
    add: str
    no_criteria: str
    full: str
    must: str
    must_not: str
    remove: str
    count: str
    steps: str
    while_editing: str
    price: str
    asked_before: str
    was_new: str
    result: str
    nothing_asked: str
    waiting: str
    waiting_long: str
    patients: str
    within: str
    why_hidden: str
    changed: str
    attrition: str
    attrition_note: str
    step: str
    budget_left: str
    budget_used: str
    budget_gone: str
    rules: str
    failed: str
    bug: str
    retry: str
    loading: str
    index_event: str
    index_hint: str
    no_index: str
    add_as: str
    as_criterion: str
    as_index: str
    as_or: str
    as_or_index: str
    cannot_add: str
    added: str
    or_: str
    criterion: str
    value: str
    any_value: str
    operators: tuple[str, str, str]
    limit: str
    upper_limit: str
    unit: str
    any_unit: str
    no_number: str
    too_fine: str
    either: str
    reversed_limits: str
    when: str
    any_time: str
    before_index: str
    from_index: str
    after_index: str
    days_before: str
    days_from: str
    days_after: str
    days_around: str
    days_between: str

    move_up: str
    move_down: str
    undo: str
    redo: str
    start_over: str
    age_when: str
    age_at_index: str
    in_words: str
    json_text: str
    copy: str
    use_json: str
    not_json: str
    used_json: str
    propose: str
    propose_note: str
    wider: str
    wider_note: str
    all_ages: str
    all_sexes: str
    without: str
    whatever_value: str
    whatever_time: str
    live_note: str
    all_hold: str
    show_json: str
    copied: str
