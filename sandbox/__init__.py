"""Stand-ins for Meta and Slack, over HTTP, and a customer with a phone."""
