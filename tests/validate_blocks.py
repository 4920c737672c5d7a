"""Has Slack judge what Wapto shows: sends each golden to blocks.validate (reference §8.2-40). Needs SLACK_BOT_TOKEN."""

import json
import os
import sys

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.bot.test_goldens import FOLDER, MESSAGES, VIEWS


def main():
    token = os.environ.get("SLACK_BOT_TOKEN")
    if not token:
        sys.exit("Set SLACK_BOT_TOKEN to a bot token (xoxb-…); blocks.validate needs no scope and posts nothing.")
    client = WebClient(token, base_url=os.environ.get("SLACK_API_URL", WebClient.BASE_URL))
    refused = [
        name
        for kind, names in (("message", MESSAGES), ("view", VIEWS))
        for name in names
        if _refused(client, kind, name)
    ]
    sys.stdout.write(f"{len(MESSAGES) + len(VIEWS) - len(refused)} taken, {len(refused)} refused\n")
    sys.exit(bool(refused))


def _refused(client, kind, name):
    try:
        client.blocks_validate(**{kind: json.loads((FOLDER / f"{name}.json").read_text())})
    except SlackApiError as fault:
        sys.stdout.write(f"{name}: {fault.response.data}\n")
        return True
    except OSError as fault:
        sys.exit(f"Slack cannot be reached ({fault}); try again later.")
    return False


if __name__ == "__main__":
    main()
