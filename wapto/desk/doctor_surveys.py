"""The doctor on surveys: whether customers can be asked after a delivery."""

from collections.abc import Iterator

from wapto.desk import numbers, surveys
from wapto.desk.doctor import Check, Look, well, worse
from wapto.domain.survey import NPS
from wapto.store.models import Number


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
    if not surveys.approved(number):
        evidence = f"Customers are not asked after a delivery: the template “{template}” is not approved."
        return worse(name, evidence, _step(number))
    if number.survey == NPS and template == surveys.TEMPLATE:
        step = f"Create one that asks from 0 to 10, then `wapto numbers set {id} survey_template=NAME`."
        return worse(name, f"The survey is NPS, but the template “{template}” asks for 1 to 5.", step)
    languages = ", ".join(row.language for row in surveys.approved(number))
    return well(name, f"Customers are asked by themselves; “{template}” is approved ({languages}).")


def _step(number: Number) -> str:
    off = f"`wapto numbers set {number.phone_number_id} survey_mode=off`"
    if number.survey_template:
        return f"Have Meta approve it, then `wapto templates sync`; or switch surveys off: {off}."
    return f"`wapto templates create --starter` submits it; or switch surveys off: {off}."
