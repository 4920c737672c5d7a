import pytest

from wapto.meta.errors import ADVICE, CODES, RANGES, GraphError, Remedy, blot, describe, lookup


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (0, Remedy.TOKEN_DEAD), (190, Remedy.TOKEN_DEAD),
        (1, Remedy.RETRY), (2, Remedy.RETRY), (131000, Remedy.RETRY), (131016, Remedy.RETRY), (131057, Remedy.RETRY),
        (4, Remedy.SLOW_NUMBER), (80007, Remedy.SLOW_NUMBER), (130429, Remedy.SLOW_NUMBER),
        (131048, Remedy.SLOW_NUMBER),
        (131056, Remedy.SLOW_PAIR),
        (10, Remedy.CONFIGURE), (131031, Remedy.CONFIGURE), (131042, Remedy.CONFIGURE), (133010, Remedy.CONFIGURE),
        (100, Remedy.NEVER), (131008, Remedy.NEVER), (131009, Remedy.NEVER), (131021, Remedy.NEVER),
        (131026, Remedy.UNREACHABLE), (131049, Remedy.UNREACHABLE), (131050, Remedy.UNREACHABLE),
        (131047, Remedy.WINDOW_CLOSED),
        (132000, Remedy.TEMPLATE_UNUSABLE), (132001, Remedy.TEMPLATE_UNUSABLE), (132015, Remedy.TEMPLATE_UNUSABLE),
        (200, Remedy.CONFIGURE), (299, Remedy.CONFIGURE), (131215, Remedy.NEVER), (138013, Remedy.NEVER),
    ],
)  # fmt: skip
def test_a_code_has_the_remedy_of_the_reference(code, remedy):
    assert lookup(code).remedy is remedy
    assert lookup(code).known


@pytest.mark.parametrize("code", [199, 300, 131999, 139999, -1, None])
def test_an_unknown_code_is_never_repeated_and_says_that_it_is_unknown(code):
    assert lookup(code).remedy is Remedy.NEVER
    assert not lookup(code).known


def test_code_100_is_told_apart_by_its_subcode():
    assert lookup(100, 33).remedy is Remedy.CONFIGURE
    assert lookup(100, 2388299).meaning.startswith("a placeholder")
    assert lookup(100, 4711).remedy is Remedy.NEVER
    assert lookup(131026, 33).remedy is Remedy.UNREACHABLE


def test_every_meaning_is_a_clause_that_fits_into_a_sentence():
    meanings = [entry.meaning for entry in [*CODES.values(), *(entry for _, entry in RANGES)]]
    assert [meaning for meaning in meanings if meaning.endswith(".") or meaning != meaning.strip()] == []
    assert [m for m in meanings if m[0].isupper() and not m.startswith(("Meta", "WhatsApp"))] == []


def test_every_remedy_comes_with_advice():
    assert set(ADVICE) == set(Remedy)


def test_an_agent_reads_what_happened_and_what_to_do():
    assert describe(131047) == (
        "The customer has not written for more than 24 hours (WhatsApp code 131047). "
        "Only an approved template can reach the customer until they write again."
    )
    assert describe(None).startswith("Meta refused it with a code that Wapto does not know. ")


def test_a_refusal_is_one_sentence_with_metas_own_details():
    error = GraphError(132015, http_status=400, details="Template is paused due to low quality.", fbtrace_id="A1")
    assert str(error) == "The template is paused (WhatsApp code 132015): Template is paused due to low quality."
    assert (error.code, error.http_status, error.fbtrace_id) == (132015, 400, "A1")
    assert error.remedy is Remedy.TEMPLATE_UNUSABLE


def test_a_refusal_without_a_code_names_the_http_status():
    error = GraphError(None, http_status=404)
    assert str(error) == "Meta answered HTTP 404 without saying why."
    assert (error.remedy, error.known) == (Remedy.NEVER, False)


def test_metas_hint_that_it_will_pass_counts_only_where_the_table_is_silent():
    assert GraphError(139999, http_status=500, transient=True).remedy is Remedy.RETRY
    assert GraphError(131026, http_status=400, transient=True).remedy is Remedy.UNREACHABLE


@pytest.mark.parametrize(("asked", "code", "waits"), [(30.0, 131057, 30.0), (None, 131057, 60), (None, 131026, None)])
def test_the_wait_is_what_meta_asks_for_else_what_the_table_says(asked, code, waits):
    assert GraphError(code, http_status=400, retry_after=asked).retry_after == waits


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Recipient 5511999990000 is not in the list", "Recipient … is not in the list"),
        ("to +55 (11) 99999-0000.", "to ….",),
        ("token EAAGm0PX4ZCpsBAKZC is malformed", "token … is malformed"),
        ("more than 24 hours, at most 1024 characters", "more than 24 hours, at most 1024 characters"),
    ],
)  # fmt: skip
def test_phone_numbers_and_tokens_are_blotted_out(said, kept):
    assert blot(said) == kept
    assert GraphError(100, http_status=400, details=said).details == kept
