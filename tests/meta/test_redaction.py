"""A person is taken out of a webhook that speaks of others too."""

import json

import pytest

from wapto.meta.redaction import NOTHING, about, without

ANA, RUI = "5511988887777", "5511977776666"


def webhook(*messages):
    contacts = [{"wa_id": message["from"], "profile": {"name": f"Name of {message['from']}"}} for message in messages]
    metadata = {"display_phone_number": "551140000001", "phone_number_id": "1100000000001"}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "contacts": contacts, "messages": list(messages)}
    return json.dumps({"entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}).encode()


def said(by, text):
    return {"from": by, "id": f"wamid.{by}", "type": "text", "text": {"body": text}}


def test_their_messages_and_contact_go_and_others_stay():
    left = json.loads(without(webhook(said(ANA, "Where is it?"), said(RUI, "Thank you")), [ANA]))
    value = left["entry"][0]["changes"][0]["value"]
    assert [message["text"]["body"] for message in value["messages"]] == ["Thank you"]
    assert [contact["wa_id"] for contact in value["contacts"]] == [RUI]
    assert value["metadata"]["phone_number_id"] == "1100000000001"


def test_what_others_say_with_their_number_in_it_goes_as_well():
    left = without(webhook(said(RUI, f"Call Ana at +{ANA}")), [ANA])
    assert ANA.encode() not in left
    assert b"Call Ana" not in left


@pytest.mark.parametrize(
    "body",
    [b"not JSON 5511988887777", b'"5511988887777"', b'{"5511988887777": 1}', b"[" * 5000 + b"5511988887777"],
)
def test_what_names_them_in_some_other_way_is_emptied(body):
    assert without(body, [ANA]) == NOTHING


def test_what_is_about_them_is_their_messages_alone():
    body = webhook(said(ANA, "Where is it?"), said(RUI, "Thank you"))
    [contact, message] = about(body, [ANA])
    assert (contact["wa_id"], message["text"]["body"]) == (ANA, "Where is it?")
