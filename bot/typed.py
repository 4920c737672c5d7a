"""What people type into Slack, as they meant it: without Slack's entities, mentions and links in their codes."""

import re

_CODE = re.compile(r"<([@#!])?([^<>|]*)(?:\|([^<>]*))?>")


def meant(text: str) -> str:
    """A message or command in the words that its writer sees (reference §2)."""
    words = _CODE.sub(_shown, text)
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _shown(code: re.Match[str]) -> str:
    sign, target, label = code.groups()
    if sign is None:
        return label or target.removeprefix("mailto:").removeprefix("tel:")
    return f"{'@' if sign == '!' else sign}{label or target}".replace("@@", "@").replace("##", "#")
