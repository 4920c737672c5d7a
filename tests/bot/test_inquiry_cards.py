"""Cards of inquiries fit Slack, whatever a customer writes."""

import pytest

from bot import inquiry_cards, kit
from bot.blocks import problems_of_message, problems_of_view

from .builders import an_inquiry

ODD = ["", "x" * 5_000, "<!channel> *bold* <@U1>", "שלום 😀", "a\nb\n" * 500]


@pytest.mark.parametrize("words", ODD)
def test_any_words_and_names_fit(words):
    view = an_inquiry(words=words, customer_name=words, shop=words or "Loja", sku=words or None)
    for content in (inquiry_cards.card(view), inquiry_cards.plain(view)):
        payload = {"text": content.text, "blocks": content.blocks} if content.blocks else {"text": content.text}
        assert [problem for problem in problems_of_message(payload) if problem.slack_refuses] == []
    assert list(problems_of_view(inquiry_cards.order_form(view, "C1"))) == []


def test_somebodys_words_are_never_markup():
    view = an_inquiry(words="<!channel>", customer_name="*Ana* <@U1>", sku="<http://a|b>")
    marked = [block for block in inquiry_cards.card(view).blocks if block["type"] in ("section", "context")]
    assert "<!channel>" not in str(marked)
    assert "<@U1>" not in str(marked)
    assert inquiry_cards.plain(view).text == "Inquiry · Loja · *Ana* &lt;@U1&gt; · &lt;!channel&gt;"


def test_what_has_ended_has_no_buttons():
    for ended in (an_inquiry(is_open=False), an_inquiry(is_open=False, order="W-7KQ2")):
        assert not [block for block in inquiry_cards.card(ended).blocks if block["type"] == "actions"]
    assert kit.length(inquiry_cards.card(an_inquiry()).blocks) < 1_000
