"""The shops of the sandbox have templates that Meta would take and that lint has nothing against."""

import pytest

from sandbox.graph.creation import check_definition
from sandbox.shops import SHOPS
from wapto.desk.templates.submission import body_of, definition_of
from wapto.domain.lint import check

KEYS = ("name", "language", "category", "parameter_format", "components")
TEMPLATES = [definition_of({key: one[key] for key in KEYS}) for shop in SHOPS for one in shop.templates()]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: f"{one.name}-{one.language}")
def test_a_shops_template_would_be_taken(template):
    assert check(template) == []
    assert check_definition(body_of(template))
