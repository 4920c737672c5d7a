"""A place in a template's header, written on one line: `-23.5505,-46.6333; Casa Aurora; Rua Augusta 100`."""

import re

from wapto.errors import InvalidInput

_NUMBER = r"[+-]?\d{1,3}(?:\.\d{1,8})?"
_PLACE = re.compile(rf"({_NUMBER})\s*,\s*({_NUMBER})\s*;\s*([^;]*[^;\s])\s*;\s*([^;]*[^;\s])\s*", re.ASCII)


def location_of(text: str) -> dict[str, str]:
    """Meta's `location` object (reference §4.2); InvalidInput when the line is no place on earth."""
    found = _PLACE.fullmatch(text)
    if not found or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
        raise InvalidInput("The header is a place; bind it to a text in quotes like “-23.55,-46.63; Name; Address”.")
    return {"latitude": found[1], "longitude": found[2], "name": found[3], "address": found[4]}


def line_of(location: dict[str, str]) -> str:
    """The line that `location_of` makes this object from."""
    return f"{location['latitude']},{location['longitude']}; {location['name']}; {location['address']}"
