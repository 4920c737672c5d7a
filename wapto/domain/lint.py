"""What Meta or a customer would hold against a template, found before it is submitted (reference §5).

Meta's limits and refusals are facts; promotional words, shouting, length and language are judged by rules of thumb,
in the languages of the starter pack.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from wapto.domain.lint_words import OF_PROMOTION, language_read_in
from wapto.domain.text import quoted

CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_LIMITS = {"HEADER": 60, "BODY": 1024, "FOOTER": 60}
_BUTTONS, _BUTTON_TEXT, _URL, _NAME = 10, 25, 2000, 512
_OF_KIND = {"URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1}
_WORDS_PER_VARIABLE = 3
_MONTH = 2_592_000
_LIFETIMES = {"UTILITY": (30, 43_200), "MARKETING": (43_200, _MONTH), "AUTHENTICATION": (30, 900)}  # seconds
_ORDER, _NUMBER_WORD = r"order|pedido|bestellung|commande|pesanan", r"number|numero|nummer|nomor|no|nr|id|code"
_ORDER_NUMBER = re.compile(
    rf"({_ORDER})(_?({_NUMBER_WORD}))?|({_NUMBER_WORD})(_(de|del|do))?(_({_ORDER}))?|{_ORDER}nummer"
)
_LOOKS_LIKE_NUMBER = re.compile(r"#?[A-Za-z]{0,4}-?[A-Z0-9-]*\d[A-Z0-9-]*")
_LOUD = re.compile(r"\b[^\W\d_]{2,}\b")
_LOUD_WORD, _LOUD_LETTERS = 6, 9


@dataclass(frozen=True)
class Definition:
    """A template as it is submitted; `carries_number`: placeholders known to hold the order number.

    `lives`: seconds that Meta tries to deliver a message, -1 for 30 days; None leaves it to Meta.
    """

    name: str
    language: str
    category: str
    parameter_format: str
    components: list[dict[str, Any]]
    carries_number: Collection[str] = field(default=())
    lives: int | None = None

    @property
    def body(self) -> str:
        """The text of the body, with its variables."""
        return self.text("BODY")

    def text(self, kind: str) -> str:
        """The text of a component, "" if there is none."""
        return str(self.part(kind).get("text") or "")

    def part(self, kind: str) -> dict[str, Any]:
        """A component, {} if there is none."""
        return next((part for part in self.components if part.get("type") == kind), {})

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """The buttons in their order."""
        return list(self.part("BUTTONS").get("buttons") or [])

    def words(self) -> str:
        """All that the customer reads, without variables."""
        parts = [*(self.text(kind) for kind in _LIMITS), *(str(button.get("text") or "") for button in self.buttons)]
        return _VARIABLE.sub(" ", "\n".join(parts))


@dataclass(frozen=True)
class Finding:
    """What is wrong, in a sentence that says what to do, and the name of the rule."""

    rule: str
    sentence: str


def check(template: Definition) -> list[Finding]:
    """All that is wrong with a template, in the order of the rules."""
    return [Finding(name, sentence) for name, rule in RULES.items() for sentence in rule(template)]


def _promotion(template: Definition) -> Iterator[str]:
    pattern = OF_PROMOTION.get(template.language.partition("_")[0])
    found = pattern.search(template.words()) if pattern and template.category == "UTILITY" else None
    if found:
        yield f"{quoted(found[0])} sounds like an offer, which makes it MARKETING; say only what happens to the order."


def _edge(template: Definition) -> Iterator[str]:
    body = template.body.strip()
    if body.startswith("{{") or body.endswith("}}"):
        yield "A variable stands at the start or the end of the text; put words around it."


def _adjacent(template: Definition) -> Iterator[str]:
    if re.search(r"\}\}\s*\{\{", template.body):
        yield "Two variables stand side by side; put words between them."


def _density(template: Definition) -> Iterator[str]:
    count, words = len(_VARIABLE.findall(template.body)), len(_VARIABLE.sub(" ", template.body).split())
    if words < count * _WORDS_PER_VARIABLE:
        yield f"{count} variables need {count * _WORDS_PER_VARIABLE} words of their own beside them; it has {words}."


def _shouting(template: Definition) -> Iterator[str]:
    words = template.words()
    loud = [word for word in _LOUD.findall(words) if word.isupper() and word != word.lower()]
    if any(len(word) >= _LOUD_WORD for word in loud) or sum(map(len, loud)) >= _LOUD_LETTERS:
        yield f"{quoted(' '.join(loud))} is written in capitals, which reads as shouting; write it as usual."
    if re.search(r"[!?！？؟]\s*[!?！？؟]", words):
        yield "There are several exclamation or question marks in a row; leave one."


def _order_number(template: Definition) -> Iterator[str]:
    if template.category == "UTILITY" and not any(_says_number(template)):
        yield "It does not say which order it is about; add a variable for the order number, with a sample like W-7KQ2."


def _says_number(template: Definition) -> Iterator[bool]:
    samples = _samples(template, "BODY") | _samples(template, "HEADER")
    for name in _VARIABLE.findall(f"{template.text('HEADER')} {template.body}"):
        if name.isdigit():
            yield name in template.carries_number or _LOOKS_LIKE_NUMBER.fullmatch(samples.get(name, "")) is not None
        else:
            yield name in template.carries_number or _ORDER_NUMBER.fullmatch(name.lower()) is not None


def _language(template: Definition) -> Iterator[str]:
    read = language_read_in(template.words(), template.language)
    if read:
        yield f"The code says {template.language}, but the text reads like {read}; change the one or the other."


def _naming(template: Definition) -> Iterator[str]:
    if not re.fullmatch(r"[a-z0-9_]+", template.name) or len(template.name) > _NAME:
        yield f"The name {quoted(template.name)} may have lower-case letters, digits and underscores, {_NAME} at most."
    if template.category not in CATEGORIES:
        yield f"The category {quoted(template.category)} is none; it is one of {', '.join(CATEGORIES)}."
    for kind in ("HEADER", "BODY"):
        yield from _variable_names(_VARIABLE.findall(template.text(kind)), template.parameter_format == "NAMED")


def _variable_names(names: list[str], is_named: bool) -> Iterator[str]:
    if is_named:
        wrong = [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]*", name)]
        yield from (f"The variable {name} must be a name in lower-case letters and underscores." for name in wrong)
    elif not all(name.isdigit() for name in names):
        yield "A variable has a name, but the parameter format is POSITIONAL; use NAMED."
    elif sorted({int(name) for name in names}) != list(range(1, len(set(names)) + 1)):
        yield "The variables must be numbered from 1 without a gap."


def _sampled(template: Definition) -> Iterator[str]:
    for kind in ("HEADER", "BODY"):
        for name in dict.fromkeys(_VARIABLE.findall(template.text(kind))):
            if not _samples(template, kind).get(name):
                yield f"The variable {name} has no sample; Meta refuses a template without."
    if template.part("HEADER").get("format") in ("IMAGE", "VIDEO", "DOCUMENT") and not template.part("HEADER").get(
        "example"
    ):
        yield "The header's picture, video or document has no sample; Meta refuses a template without."


def _samples(template: Definition, kind: str) -> dict[str, str]:
    """Sample by variable, as Meta writes them."""
    example = template.part(kind).get("example") or {}
    named = example.get(f"{kind.lower()}_text_named_params")
    if named:
        return {str(row.get("param_name")): str(row.get("example") or "") for row in named}
    rows = example.get(f"{kind.lower()}_text") or []
    values = rows[0] if rows and isinstance(rows[0], list) else rows
    return {str(place): str(value) for place, value in enumerate(values, 1)}


def _limits(template: Definition) -> Iterator[str]:
    if not template.body:
        yield "There is no body; a template needs one."
    for kind, limit in _LIMITS.items():
        if len(template.text(kind)) > limit:
            yield f"The {kind.lower()} has {len(template.text(kind))} characters; {limit} are allowed."
    if "{{" in template.text("FOOTER"):
        yield "The footer has a variable; it may have none."
    if len(set(_VARIABLE.findall(template.text("HEADER")))) > 1:
        yield "The header has several variables; one is allowed."


def _lifetime(template: Definition) -> Iterator[str]:
    shortest, longest = _LIFETIMES.get(template.category, (30, _MONTH))
    if template.lives not in (None, -1) and not shortest <= template.lives <= longest:
        yield f"Meta lets a {template.category} message live {shortest} to {longest} seconds, not {template.lives}."


def _button_limits(template: Definition) -> Iterator[str]:
    kinds = [str(button.get("type")) for button in template.buttons]
    if len(kinds) > _BUTTONS:
        yield f"There are {len(kinds)} buttons; {_BUTTONS} are allowed."
    for kind, limit in _OF_KIND.items():
        if kinds.count(kind) > limit:
            yield f"There are {kinds.count(kind)} buttons of type {kind}; {limit} allowed."
    replies = [kind == "QUICK_REPLY" for kind in kinds]
    if sum(left != right for left, right in pairwise(replies)) > 1:
        yield "Quick replies stand between other buttons; put them together."
    for button in template.buttons:
        yield from _button(str(button.get("text") or ""), str(button.get("url") or ""), button)


def _button(text: str, url: str, button: Mapping[str, Any]) -> Iterator[str]:
    if not 1 <= len(text) <= _BUTTON_TEXT:
        yield f"The button {quoted(text)} has {len(text)} characters; it must have 1 to {_BUTTON_TEXT}."
    if len(url) > _URL:
        yield f"The address of the button {quoted(text)} has {len(url)} characters; {_URL} are allowed."
    if "{{" in url and not re.fullmatch(r"[^{}]+\{\{\s*1\s*\}\}", url):
        yield f"The address of the button {quoted(text)} may have one variable, {{{{1}}}}, at its very end."
    elif "{{" in url and not button.get("example"):
        yield f"The address of the button {quoted(text)} has no sample; Meta refuses a template without."


_Rule = Callable[[Definition], Iterator[str]]
RULES: dict[str, _Rule] = {
    "promotion": _promotion,
    "edge": _edge,
    "adjacent": _adjacent,
    "density": _density,
    "shouting": _shouting,
    "order-number": _order_number,
    "language": _language,
    "naming": _naming,
    "sample": _sampled,
    "limits": _limits,
    "lifetime": _lifetime,
    "buttons": _button_limits,
}
