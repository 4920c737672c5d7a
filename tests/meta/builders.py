"""Notifications, valid by default; a test breaks one thing."""

import json

NUMBER, WABA, CUSTOMER = "100000000000001", "200000000000001", "5511999990000"


def cart(**changes):
    """A cart of two cups."""
    return {
        "from": CUSTOMER,
        "id": "wamid.CART",
        "timestamp": "1764000060",
        "type": "order",
        "order": {"catalog_id": "300000000000001", "text": "gift-wrap, please", "product_items": [item()]},
    } | changes


def item(**changes):
    """Two cups at 30.00 BRL."""
    return {"product_retailer_id": "CUP", "quantity": 2, "item_price": 30, "currency": "BRL"} | changes


def cart_of(*items):
    """A cart with these items."""
    return cart(order={"catalog_id": "300000000000001", "text": "", "product_items": list(items)})


def text(body="hello", **changes):
    """A few words from the customer."""
    return {"from": CUSTOMER, "id": "wamid.TEXT", "timestamp": "1764000060", "type": "text"} | {
        "text": {"body": body},
        **changes,
    }


def status(**changes):
    """Our message was delivered."""
    return {
        "id": "wamid.OURS",
        "status": "delivered",
        "timestamp": "1764000400",
        "recipient_id": CUSTOMER,
        "biz_opaque_callback_data": "notice-1",
    } | changes


def value(**parts):
    """The value of a change in the field messages."""
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550009999", "phone_number_id": NUMBER},
        "contacts": [{"profile": {"name": "Ana"}, "wa_id": CUSTOMER}],
    } | parts


def change(field="messages", **parts):
    """One change."""
    return {"field": field, "value": value(**parts)}


def notification(*changes):
    """What Meta posts for these changes of one account."""
    return {"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": list(changes)}]}


def body(document):
    """Its bytes as Meta writes them: compact, ASCII, slashes escaped (reference §1.2)."""
    return json.dumps(document, separators=(",", ":")).replace("/", "\\/").encode()
