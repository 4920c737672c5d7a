"""Slack: the door of the agents."""
