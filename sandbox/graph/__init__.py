"""The stand-in for the Graph API; what it does not check stands at the top of `stand_in`."""

from sandbox.graph.stand_in import Graph

__all__ = ["Graph"]
