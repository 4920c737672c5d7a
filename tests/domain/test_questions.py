import pytest

from wapto.domain.questions import asks

PHRASES = ["where is my order", "où est ma commande", "मेरा ऑर्डर कहाँ है", "أين طلبي", "dónde está mi pedido"]


@pytest.mark.parametrize(
    "text",
    [
        "Where is my order?",
        "hi!! WHERE IS   my order??",
        "Ou est ma commande svp",
        "Donde esta mi pedido",
        "मेरा ऑर्डर कहाँ है?",
        "أين طلبي؟",
        "أَيْنَ طلبي",
    ],
)
def test_a_phrase_is_understood_whatever_its_case_accents_and_punctuation(text):
    assert asks(text, PHRASES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Where is my orderly?",
        "Nowhere is my order",
        "I know where my order is",
        "Where is my order? And could you please also send me two more of the blue shirts in size M, for my brother?",
    ],
)
def test_anything_else_is_for_people(text):
    assert not asks(text, PHRASES)
