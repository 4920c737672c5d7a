"""Checks that prove a set-up, each with the next step."""
