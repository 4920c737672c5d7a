"""Figures by day, agent and template."""
