"""The stand-in for Slack; what it does not check stands at the top of `stand_in`."""

from sandbox.slack.desk import SlackUser
from sandbox.slack.door import BadAnswer
from sandbox.slack.forms import NotPossible
from sandbox.slack.stand_in import Slack
from sandbox.slack.world import Channel, Message, User, View

__all__ = ["BadAnswer", "Channel", "Message", "NotPossible", "Slack", "SlackUser", "User", "View"]
