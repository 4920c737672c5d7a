import pytest

from wapto.meta.errors import ADVICE, CODES, RANGES, GraphError, Remedy, blot, describe, lookup

# The classes of the reference's section 8, code by code; where it gives two, the one that harms less.
SECTION_8 = {
    Remedy.TOKEN_DEAD: (0, 190),
    Remedy.RETRY: (1, 2, 131000, 131016, 131057, 133004, 133015, 134101, 2494100),
    Remedy.SLOW_NUMBER: (4, 613, 80007, 130429, 131048, 132069, 133016),
    Remedy.SLOW_PAIR: (131056,),
    Remedy.CONFIGURE: (
        *(3, 10, 33, 200, 250, 299, 368, 131005, 131030, 131031, 131037, 131042, 131045, 131063, 131064, 132068),
        *(133000, 133005, 133006, 133008, 133009, 133010, 134011, 134102, 147001),
    ),
    Remedy.UNREACHABLE: (2040, 130472, 130497, 131026, 131043, 131049, 131050, 131062, 137000),
    Remedy.WINDOW_CLOSED: (131047,),
    Remedy.TEMPLATE_UNUSABLE: (132000, 132001, 132007, 132012, 132015, 132016),
    Remedy.NEVER: (
        *(100, 506, 2046, 2047, 131008, 131009, 131020, 131021, 131041, 131201, 131051, 131052, 131053, 131055),
        *(132005, 132008, 132018, 134100, 135000, 138000, 138013, 138018, 139000, 139004, 139101),
        *(2388019, 2388040, 2388047, 2388072, 2388073, 2388293, 2388299, 2388273),
    ),
}


@pytest.mark.parametrize(("remedy", "code"), [(remedy, code) for remedy in SECTION_8 for code in SECTION_8[remedy]])
def test_every_code_of_section_8_has_its_remedy(remedy, code):
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
