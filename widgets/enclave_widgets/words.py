"""Every word that a visitor sees, in both languages."""

from dataclasses import dataclass
from typing import Literal


Language = Literal["en", "da"]


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
    budget: str
    budget_left: str
    budget_used: str
    budget_gone: str
    rules: str
    as_text: str
    as_json: str
    failed: str
    bug: str
    retry: str
    loading: str


ENGLISH = Words(
    title="How many patients are there?",
    lead="Describe a group of patients and see about how many there are.",
    population="Patients",
    sex="Sex",
    sexes=("All", "Women", "Men"),
    age_on="Age on 1 January {year}",
    age_from="From",
    age_to="To",
    no_limit="no limit",
    wrong_ages="The age range ends before it begins.",
    criteria="Diagnoses, medicines, tests",
    criteria_hint="All of these must hold for a patient to be counted.",
    search="Search by code or word",
    search_hint="for instance diabetes or DE11",
    searching="Searching …",
    nothing_found="Nothing that may be asked for is called “{text}”.",
    found="Found",
    add="Add",
    no_criteria="None yet: everybody is counted.",
    full="That is as many as one question may have.",
    must="must have",
    must_not="must not have",
    remove="Remove",
    count="Count",
    steps="Count step by step",
    while_editing="Count while I edit",
    price="Costs 1 question; step by step, up to {steps}. Old questions are free.",
    asked_before="You had asked this before: free.",
    was_new="This was a new question.",
    result="Answer",
    nothing_asked="Choose on the left, then press Count.",
    waiting="Counting …",
    waiting_long="Still counting. You can go on editing; only your newest question"
    " is shown.",
    patients="patients",
    within="probably between {low} and {high}",
    why_hidden="The number is hidden because it is below {threshold} with its noise. It"
    " may be zero. A wider question may be shown: more codes, a wider age range, or"
    " one criterion less.",
    changed="You have changed the question since this answer.",
    attrition="Step by step",
    attrition_note="Each number has its own noise, so that a step can look larger than"
    " the one before. The true number lies in the dark band 95 of 100 times.",
    step="Step",
    budget="Questions left",
    budget_left="{left} new questions left",
    budget_used="{month} of {month_limit} used in 30 days, {year} of {year_limit} in a"
    " year. Old questions stay free.",
    budget_gone="You have no new questions left. More from {day}. Old questions stay"
    " free.",
    rules="How counts are protected",
    as_text="What is asked",
    as_json="The question as JSON, for a proposal",
    failed="That did not work",
    bug="Something went wrong in this page. Reload it.",
    retry="Try again",
    loading="Loading …",
)

DANISH = Words(
    title="Hvor mange patienter er der?",
    lead="Beskriv en gruppe patienter og se cirka, hvor mange der er.",
    population="Patienter",
    sex="Køn",
    sexes=("Alle", "Kvinder", "Mænd"),
    age_on="Alder 1. januar {year}",
    age_from="Fra",
    age_to="Til",
    no_limit="ingen grænse",
    wrong_ages="Aldersintervallet slutter, før det begynder.",
    criteria="Diagnoser, medicin, prøver",
    criteria_hint="Alle skal være opfyldt, for at en patient tælles med.",
    search="Søg på kode eller ord",
    search_hint="for eksempel diabetes eller DE11",
    searching="Søger …",
    nothing_found="Intet, der må spørges om, hedder »{text}«.",
    found="Fundet",
    add="Tilføj",
    no_criteria="Ingen endnu: alle tælles med.",
    full="Flere kan ét spørgsmål ikke have.",
    must="skal have",
    must_not="må ikke have",
    remove="Fjern",
    count="Tæl",
    steps="Tæl trin for trin",
    while_editing="Tæl, mens jeg redigerer",
    price="Koster 1 spørgsmål; trin for trin op til {steps}. Gamle spørgsmål er"
    " gratis.",
    asked_before="Det havde du spurgt om før: gratis.",
    was_new="Det var et nyt spørgsmål.",
    result="Svar",
    nothing_asked="Vælg til venstre, og tryk på Tæl.",
    waiting="Tæller …",
    waiting_long="Tæller stadig. Du kan redigere videre; kun dit nyeste spørgsmål"
    " vises.",
    patients="patienter",
    within="sandsynligvis mellem {low} og {high}",
    why_hidden="Antallet er skjult, fordi det med støj er under {threshold}. Det kan"
    " være nul. Et bredere spørgsmål kan måske vises: flere koder, bredere alder eller"
    " ét kriterium færre.",
    changed="Du har ændret spørgsmålet siden dette svar.",
    attrition="Trin for trin",
    attrition_note="Hvert tal har sin egen støj, så et trin kan se større ud end det"
    " foregående. Det sande tal ligger i det mørke bånd i 95 af 100 tilfælde.",
    step="Trin",
    budget="Spørgsmål tilbage",
    budget_left="{left} nye spørgsmål tilbage",
    budget_used="{month} af {month_limit} brugt på 30 dage, {year} af {year_limit} på"
    " et år. Gamle spørgsmål er fortsat gratis.",
    budget_gone="Du har ingen nye spørgsmål tilbage. Flere fra {day}. Gamle spørgsmål"
    " er fortsat gratis.",
    rules="Sådan beskyttes antallene",
    as_text="Det, der spørges om",
    as_json="Spørgsmålet som JSON, til en projektansøgning",
    failed="Det lykkedes ikke",
    bug="Der gik noget galt på denne side. Genindlæs den.",
    retry="Prøv igen",
    loading="Henter …",
)

WORDS: dict[Language, Words] = {"en": ENGLISH, "da": DANISH}
