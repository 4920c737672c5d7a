"""`wapto replies`: words that agents send with one choice."""

from tests.desk.builders import a_number


def test_words_are_kept_under_a_name_listed_and_taken_away(wapto):
    number = a_number(phone_number_id="123")
    wapto("replies", "set", "Pix", "Our key is pay@shop.example. Order {order.number}.", "--number", "123")
    [row] = wapto.json("replies", "list")
    assert row == {"name": "Pix", "number_id": number.phone_number_id, "text": row["text"]}
    wapto("replies", "remove", "Pix")
    assert wapto.json("replies", "list") == []


def test_a_variable_that_there_is_not_is_named_with_the_nearest(wapto):
    assert "Did you mean order.number?" in wapto("replies", "set", "Pix", "Order {order.numbr}").sentence
