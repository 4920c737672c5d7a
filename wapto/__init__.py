"""Wapto: WhatsApp carts become orders that a team works from Slack."""

__version__ = "0.1.0"
