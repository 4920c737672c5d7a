"""The app manifest: what an admin pastes into Slack to install Wapto (reference §6.1)."""

from typing import Any

from bot import wording
from bot.listeners import names

PATH = "/slack/events"

# Each with the reason it is asked for; nothing else is.
SCOPES = {
    "chat:write": "cards, and direct messages about orders",
    "commands": "/wapto",
    "im:write": "opening the direct messages with an agent",
    "im:history": "looking whether a direct message arrived before it is sent again",
    "channels:history": "notes in threads, and looking whether a card was posted before, in public channels",
    "files:write": "photos and documents of customers in the thread",
    "groups:history": "the same in private channels",
    "users:read": "who is put on the roster, whether they were deactivated, and whether Slack shows them away",
}

# What a listener of this name is told of has to be asked for by kind of channel.
_EVENTS = {"message": ("message.channels", "message.groups")}

_USAGE = "list | mine | find TEXT | show N | claim N | assign N @agent | status N STATUS | reply N TEXT | help"


def manifest(public_url: str, *, socket: bool = False) -> dict[str, Any]:
    """The manifest for an app that Slack reaches at this address; with `socket` it connects to Slack itself."""
    address = {} if socket else {"request_url": f"{public_url}{PATH}"}
    menus = {} if socket else {"message_menu_options_url": f"{public_url}{PATH}"}
    url = {} if socket else {"url": f"{public_url}{PATH}"}
    return {
        "display_information": {
            "name": "Wapto",
            "description": "WhatsApp carts become orders that your team works here",
        },
        "features": {
            # Without its messages tab nobody could read what the app writes them.
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Wapto", "always_online": True},
            "shortcuts": [_shortcut(name) for name in names("shortcut")],
            "slash_commands": [_command(name, url) for name in names("command")],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "interactivity": {"is_enabled": True, **address, **menus},
            "event_subscriptions": {**address, "bot_events": _events()},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": False,
        },
    }


def _events() -> list[str]:
    return [event for name in names("event") for event in _EVENTS.get(name, (name,))]


def _shortcut(name: str) -> dict[str, str]:
    words, what = wording.SHORTCUTS[name]
    return {"name": words, "type": "message", "callback_id": name, "description": what}


def _command(name: str, url: dict[str, str]) -> dict[str, Any]:
    """`should_escape` turns a typed @ana into a user id, which a display name is not (reference §2)."""
    return {"command": name, **url, "description": "Orders from WhatsApp", "usage_hint": _USAGE, "should_escape": True}
