"""Order numbers, phones, user ids, languages: read generously, written in one way."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wapto.domain.identity import (
    is_user_id,
    locale_of,
    mask_phone,
    normal_language,
    normal_phone,
    order_id_of,
    order_number,
    phone_variants,
)
from wapto.errors import InvalidInput

ids = st.integers(1, 2**63 - 1)


def test_numbers_that_were_told_to_customers_stay_the_same_for_ever():
    numbers = [order_number(order_id) for order_id in (1, 2, 1000, 10**6)]
    assert numbers == ["W-N8HX", "W-XBF6", "W-V5SJ", "W-6P8777"]


@given(ids)
@example(1)
@example(2**63 - 1)
def test_a_number_leads_back_to_its_order_and_has_no_look_alikes(order_id):
    number = order_number(order_id)
    assert order_id_of(number) == order_id
    assert len(number) >= len("W-7KQ2")
    assert not set(number.removeprefix("W-")) & set("01OILAEUW")


def test_no_two_orders_share_a_number():
    assert len({order_number(order_id) for order_id in range(1, 20001)}) == 20000


@pytest.mark.parametrize(
    "typed",
    [
        "W-N8HX",
        "w-n8hx",
        "n8hx",
        " N8HX ",
        "#W-N8HX",
        "# w-n8hx",
        "W–N8HX",
        "W\u00a0N8HX",
        "wn8hx",
        "\u200bW-N8HX\u00a0",
    ],
)
def test_a_number_may_be_typed_in_many_ways(typed):
    assert order_id_of(typed) == 1


@pytest.mark.parametrize(
    "typed",
    ["", "W-", "#", "1", "W-1234", "N8H", "W-N8HX5", "W-N8HX W-XBF6", "ＷＮ8ＨＸ", "N" * 5000, "W-W-N8HX", "-1"],
)
def test_what_is_no_number_leads_nowhere(typed):
    assert order_id_of(typed) is None


@given(st.text("K7QXR2ZB9MTJ4HVC8SGND5P3F6", min_size=1, max_size=20))
@example("SXGNN59JMDB7V4JX")  # the number of an id that no store can have
def test_only_the_one_spelling_that_we_write_is_a_number(text):
    order_id = order_id_of(text)
    assert order_id is None or order_number(order_id) == f"W-{text}"


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("5511988887777", "+5511988887777"),
        ("+55 11 98888-7777", "+5511988887777"),
        ("+55\u00a0(11)\u00a098888\u20117777", "+5511988887777"),
        ("\u202a+1 (555) 000-1234\u202c", "+15550001234"),
        ("٩١٠٠٠٠٠١٢٣٤٥", "+910000012345"),
        ("447700900123", "+447700900123"),
        ("910000012345", "+910000012345"),
        ("96500000123", "+96500000123"),
        ("1234567", "+1234567"),
    ],
)
def test_phones_of_whatsapp_and_of_admins_become_e164(text, phone):
    assert normal_phone(text) == phone
    assert normal_phone(phone) == phone


@pytest.mark.parametrize(
    "text", ["", "+", "123456", "1" * 16, "011988887777", "++5511988887777", "55 11 call", "BR.15"]
)
def test_what_is_no_international_phone_is_refused(text):
    with pytest.raises(InvalidInput, match="country code"):
        normal_phone(text)


@pytest.mark.parametrize(
    ("phone", "twin"),
    [
        ("+5511988887777", "+551188887777"),
        ("+5215512345678", "+525512345678"),
        ("+5491123456789", "+541123456789"),
    ],
)
def test_one_person_s_two_phones_find_each_other(phone, twin):
    assert phone_variants(phone) == (phone, twin)
    assert phone_variants(twin) == (twin, phone)


@pytest.mark.parametrize("phone", ["+15550001234", "+551133334444", "+5511933334444", "+447700900123", "+351911111111"])
def test_other_phones_have_no_twin(phone):
    assert phone_variants(phone) == (phone,)


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("+5511988887777", "+55 ••••• 7777"),
        ("+15550001234", "+1 ••••• 1234"),
        ("+96500000123", "+965 ••••• 0123"),
        ("+1234567", "+1 •••••"),
        ("+999123456789", "••••• 6789"),
        ("", "•••••"),
        ("BR.15", "•••••"),
    ],
)
def test_a_masked_phone_shows_country_and_last_digits_at_most(phone, masked):
    assert mask_phone(phone) == masked


@pytest.mark.parametrize("text", ["BR.1502500000000001", "US.2", "BR.ENT.118150000001", "IN." + "a" * 128])
def test_user_ids_are_recognized(text):
    assert is_user_id(text)


@pytest.mark.parametrize("text", ["", "br.15", "BR.", "BRA.15", "BR.15\n", "5511988887777", "IN." + "a" * 129, "BR.ÉÉ"])
def test_other_texts_are_no_user_ids(text):
    assert not is_user_id(text)


@pytest.mark.parametrize(
    ("code", "normal"),
    [("pt-br", "pt_BR"), ("PT_br", "pt_BR"), ("en", "en"), (" es_MX ", "es_MX"), ("zh_CN", "zh_CN"), ("fil", "fil")],
)
def test_languages_are_written_as_meta_writes_them(code, normal):
    assert normal_language(code) == normal


@pytest.mark.parametrize("code", ["", "xx", "en_XX", "portuguese", "pt_BR_x", "p", "pt_", "../en"])
def test_what_is_no_language_is_refused(code):
    with pytest.raises(InvalidInput, match="not a language"):
        normal_language(code)


@pytest.mark.parametrize(
    ("code", "locale"),
    [("pt_BR", "pt_BR"), ("pt-br", "pt_BR"), ("de_FR", "de"), ("tlh", "en"), ("", "en"), ("zh_HK", "zh_Hant_HK")],
)
def test_every_language_has_conventions_to_write_in(code, locale):
    assert str(locale_of(code)) == locale
