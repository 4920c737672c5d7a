"""Random damage to good notifications. Hypothesis prints the falsifying example and a line that replays it."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wapto.meta.webhook import elements, is_json

from .builders import body, cart, change, notification, status, text
from .cases import POSTED, first_body

SMALL = [raw for raw in map(first_body, POSTED) if 0 < len(raw) < 20_000]
QUICK = settings(
    max_examples=150, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["wamid.X", "order", "1764000060"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def paths(node, path=()):
    """The ways to every value in a document."""
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from paths(child, (*path, key))


def replaced(node, path, new):
    """The document with the value at the end of the path replaced."""
    if not path:
        return new
    copy = node.copy()
    copy[path[0]] = replaced(node[path[0]], path[1:], new)
    return copy


@QUICK
@given(data=st.data(), raw=st.sampled_from(SMALL))
def test_any_bytes_changed_in_a_delivery_are_an_answer_and_never_an_error(tried, data, raw):
    tried["deliveries"] += 1
    start = data.draw(st.integers(0, len(raw)), label="start")
    end = data.draw(st.integers(start, min(len(raw), start + 40)), label="end")
    spoiled = raw[:start] + data.draw(st.binary(max_size=10), label="instead") + raw[end:]
    found = list(elements(spoiled))
    assert found
    assert is_json(spoiled) == ([element.problem for element in found] != ["The body is not JSON."])


@QUICK
@given(data=st.data(), raw=st.sampled_from([raw for raw in SMALL if is_json(raw)]), new=anything)
def test_any_value_replaced_in_a_delivery_leaves_something_to_list(tried, data, raw, new):
    tried["deliveries"] += 1
    document = json.loads(raw)
    path = data.draw(st.sampled_from(list(paths(document))), label="path")
    found = list(elements(body(replaced(document, path, new))))
    assert found
    assert [element.position for element in found] == list(range(len(found)))
    assert all(element.value is not None or element.problem for element in found)


@QUICK
@given(data=st.data(), new=anything)
def test_whatever_happens_inside_one_message_its_siblings_come_through_unchanged(tried, data, new):
    tried["deliveries"] += 1
    good = [cart(id="wamid.1"), text(id="wamid.3")]
    before = [element.value for element in elements(body(notification(change(messages=good))))]
    middle = cart(id="wamid.2")
    path = data.draw(st.sampled_from(list(paths(middle))), label="path")
    messages = [good[0], replaced(middle, path, new), good[1]]
    found = list(elements(body(notification(change(messages=messages, statuses=[status()])))))
    assert [found[0].value, found[2].value] == before
    assert found[3].value.status == "delivered"
