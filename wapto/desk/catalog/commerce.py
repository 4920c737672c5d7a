"""What customers of a number see of its catalog, and which catalog that is: settings that Meta keeps."""

from dataclasses import replace

from wapto.desk import numbers
from wapto.errors import Misconfigured
from wapto.meta import catalog as meta
from wapto.meta.catalog import Commerce
from wapto.meta.client import GraphClient
from wapto.store.models import Number

_VERTICAL = "commerce"


def link(client: GraphClient, number: Number) -> Number:
    """The number with its catalog, which is taken from Meta if nobody has named one here.

    Misconfigured, saying what to do, when Meta has none for its account or more than one.
    """
    if number.catalog:
        return number
    found = [info.id for info in meta.linked(client.of(number.waba), number.waba) if info.vertical in (_VERTICAL, "")]
    if len(found) != 1:
        which = f"is connected to several ({', '.join(found)})" if found else "is connected to no catalog"
        raise Misconfigured(
            f"The WhatsApp account {number.waba} {which}: connect one in WhatsApp Manager (Account tools → Catalog), "
            f"or name it with `wapto numbers set {number.phone_number_id} catalog=ID`."
        )
    return numbers.change(number, {"catalog": found[0]})


def shown(client: GraphClient, number: Number) -> Commerce:
    """What the number shows; Misconfigured when Meta has no such settings for it."""
    commerce = meta.commerce(client.of(number.waba), number.phone_number_id)
    if commerce is None:
        raise Misconfigured(
            f"Meta has no shop settings for {number.phone_number_id}: connect a catalog to its WhatsApp account first "
            "(WhatsApp Manager → Account tools → Catalog)."
        )
    return commerce


def show(client: GraphClient, number: Number, *, cart: bool | None = None, visible: bool | None = None) -> Commerce:
    """Switches the cart, or the catalog in the profile, on or off; None leaves it. Returns what Meta has then."""
    before = shown(client, number)
    wanted = replace(
        before,
        is_cart_enabled=before.is_cart_enabled if cart is None else cart,
        is_catalog_visible=before.is_catalog_visible if visible is None else visible,
    )
    if wanted != before:
        meta.set_commerce(client.of(number.waba), number.phone_number_id, wanted)
    return shown(client, number)
