"""Settings and signed webhooks, valid by default."""

import hashlib
import hmac
from datetime import UTC, datetime

from sandbox.server import Server
from wapto import config
from wapto.store.database import db
from wapto.web.app import create_app

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SECRET = "app secret"
CART = b'{"object": "whatsapp_business_account", "entry": []}'

ENVIRONMENT = {
    "META_APP_SECRET": SECRET,
    "META_VERIFY_TOKEN": "verify me",
    "META_ACCESS_TOKEN": "EAAsecret",
    "SLACK_BOT_TOKEN": "xoxb-secret",
    "SLACK_SIGNING_SECRET": "slack secret",
    "WAPTO_SECRET_KEY": "key",
}


def settings(**changes):
    return config.load({**ENVIRONMENT, **changes})


def app(**changes):
    made = create_app(settings(**changes), lambda: NOW)
    # The test's server has a thread for each connection, and with it ends what it held of the store.
    made.teardown_appcontext(lambda _fault: db.close())
    return made


def serving(**changes):
    return Server(app(**changes))


def signed(body=CART, secret=SECRET):
    """The headers that Meta sends with this body."""
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
