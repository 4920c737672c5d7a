"""The Flask application that Meta and customers talk to."""
