"""The doctor on surveys: whether customers can be asked after a delivery."""

from collections.abc import Iterator

from wapto.desk import numbers
from wapto.desk.doctor.doctor import Check, Look, well, worse
from wapto.desk.surveys import surveys
from wapto.desk.surveys import words as survey_words
from wapto.domain.survey import SCALES
from wapto.domain.template import reply_labels
from wapto.store.models import Number, Template


def looks() -> list[Look]:
    """What to look at."""
    return [Look("surveys", lambda _: _surveys(), needs=("database",))]


def _surveys() -> Iterator[Check]:
    for number in numbers.listing():
        yield _survey(number)


def _survey(number: Number) -> Check:
    name, id = f"survey {number.phone_number_id}", number.phone_number_id
    if number.survey_mode != surveys.AUTOMATIC:
        return well(name, f"Surveys are {number.survey_mode} here, as somebody chose.")
    template = surveys.template_name(number)
    approved = surveys.approved(number)
    if not approved:
        evidence = f"Customers are not asked after a delivery: the template “{template}” is not approved."
        return worse(name, evidence, _step(number))
    if not all(_offers_best(row, number.survey) for row in approved):
        best, known = SCALES[number.survey].highest, ", ".join(surveys.TEMPLATES.values())
        evidence = f"The survey is {number.survey}, but no button of the template “{template}” says {best}."
        step = f"`wapto numbers set {id} survey_template=NAME` chooses one that fits; the starter pack has {known}."
        return worse(name, evidence, step)
    languages = ", ".join(row.language for row in approved)
    return well(name, f"Customers are asked by themselves; “{template}” is approved ({languages}).")


def _offers_best(template: Template, kind: str) -> bool:
    """Whether its quick replies reach to the best score; without any the customer writes it."""
    said = [survey_words.understood(label, kind) for label in reply_labels(template.components).values()]
    return not said or SCALES[kind].highest in [one.score for one in said if one]


def _step(number: Number) -> str:
    off = f"`wapto numbers set {number.phone_number_id} survey_mode=off`"
    if number.survey_template:
        return f"Have Meta approve it, then `wapto templates sync`; or switch surveys off: {off}."
    return f"`wapto templates create --starter` submits it; or switch surveys off: {off}."
