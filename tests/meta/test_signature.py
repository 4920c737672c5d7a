import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wapto.meta.webhook import verify_handshake, verify_signature

from .cases import ASKED, CASES, POSTED, SECRET, VERIFY_TOKEN, deliveries

BODY = b'{"object":"whatsapp_business_account","entry":[]}'


def signed(body, secret=SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("name", POSTED)
def test_each_delivery_of_the_corpus_is_let_in_or_refused_as_it_should_be(name):
    refused = CASES[name]["expect"]["http"] == 401
    for request in deliveries(name):
        header = request["headers"].get("X-Hub-Signature-256")
        assert verify_signature(request["body"], header, (SECRET,)) is not refused


@pytest.mark.parametrize("secrets", [("old", "new"), ("new", "old")])
def test_both_secrets_are_good_during_rotation(secrets):
    assert verify_signature(BODY, signed(BODY, "old"), secrets)
    assert verify_signature(BODY, signed(BODY, "new"), secrets)
    assert not verify_signature(BODY, signed(BODY, "third"), secrets)


def test_one_changed_byte_breaks_the_signature():
    assert verify_signature(BODY, signed(BODY), (SECRET,))
    assert not verify_signature(BODY.replace(b"[]", b"{}"), signed(BODY), (SECRET,))


@pytest.mark.parametrize(
    "spoil", [str.upper, lambda tag: tag[:-1], lambda tag: tag + "0", lambda tag: tag[7:], lambda tag: " " + tag]
)
def test_a_signature_counts_only_exactly_as_meta_writes_it(spoil):
    assert not verify_signature(BODY, spoil(signed(BODY)), (SECRET,))


def test_without_a_secret_nothing_is_let_in():
    assert not verify_signature(BODY, signed(BODY, ""), ())


@given(body=st.binary(), header=st.none() | st.text())
def test_any_header_is_an_answer_and_never_an_error(body, header):
    assert verify_signature(body, header, (SECRET,)) is (header == signed(body))


@pytest.mark.parametrize("name", ASKED)
def test_each_handshake_of_the_corpus_gets_the_challenge_or_nothing(name):
    expected = CASES[name]["expect"].get("response_body")
    for request in deliveries(name):
        assert verify_handshake(request["query"], VERIFY_TOKEN) == expected


HANDSHAKE = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}


def test_the_challenge_is_handed_back():
    assert verify_handshake(HANDSHAKE, VERIFY_TOKEN) == "1158201444"


@pytest.mark.parametrize("missing", list(HANDSHAKE))
def test_a_handshake_without_one_of_its_parts_gets_nothing(missing):
    assert verify_handshake({name: part for name, part in HANDSHAKE.items() if name != missing}, VERIFY_TOKEN) is None


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        ("hub.mode", "unsubscribe"),
        ("hub.challenge", ""),
        ("hub.verify_token", "verify-toké"),
        ("hub.verify_token", "verify-token\ud800"),
        ("hub.verify_token", ""),
    ],
)
def test_an_odd_handshake_gets_nothing(name, odd):
    assert verify_handshake(HANDSHAKE | {name: odd}, VERIFY_TOKEN) is None
