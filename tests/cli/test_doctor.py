"""`wapto doctor`: each test breaks one thing, does word for word what is advised, and sees the check pass."""

import shutil
import socket
import ssl
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from redis import Redis

from bot import wording
from cli import doctor as commands
from sandbox.graph.templates import template as definition
from tests.cli.clinic import ANA, CATALOG, CHANNEL, LANES, Clinic, now
from tests.cli.processes import Wapto, free_port, wait_until
from tests.cli.running import Terminal
from tests.desk.asked import a_review_template
from tests.desk.builders import NOTICE, NOW, a_template, an_order
from tests.meta.builders import NUMBER, WABA, body, cart, change, notification
from wapto import config
from wapto.desk.doctor import doctor, rounds
from wapto.desk.doctor import meta as doctor_meta
from wapto.desk.doctor.doctor import PASS
from wapto.desk.stock import lane as stock_lane
from wapto.meta.client import GraphClient
from wapto.meta.events import READERS
from wapto.store.database import db
from wapto.store.models import (
    AdminAlert,
    CatalogSync,
    Heartbeat,
    InboxEntry,
    Message,
    Number,
    Order,
    StockLevel,
    Template,
    Trigger,
)


@pytest.fixture
def clinic(sqlite_store, redis_url, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Clinic(sqlite_store, redis_url) as clinic:
        yield clinic


def test_where_all_is_well_every_check_passes(clinic):
    checks = clinic.checks()
    assert {name: check["state"] for name, check in checks.items() if check["state"] != PASS} == {
        "public address": "warn"  # which is no https here
    }
    assert all(check["evidence"] for check in checks.values())
    assert set(checks) >= {
        "settings", "database", "disk", "worker", "scheduler", "inbox queue", "outbox queue", "webhooks", "Redis",
        "webhook address", "Slack address", "Graph version", "Meta", "token", "permissions", "webhook",
        f"subscription {WABA}", f"number {NUMBER}", f"sending {NUMBER}", f"account {WABA}", "numbers", "agents",
        f"templates {WABA}", f"trigger {NUMBER} received", f"catalog {NUMBER}", f"cart {NUMBER}", "Slack",
        "Slack scopes", f"channel {CHANNEL}", f"agent {ANA}",
    }  # fmt: skip


def test_people_read_a_line_for_each_check_and_its_advice_below(clinic):
    clinic.graph.registry.apps[WABA] = set()
    done = clinic.wapto("doctor")
    assert done.code == 1
    assert "✓ database: It has this version's shape and takes writes.\n" in done.out
    assert f"✗ subscription {WABA}: Orders do not appear because" in done.out
    assert "    → `wapto doctor --fix` subscribes it.\n" in done.out


def broken(clinic, name, state="fail"):
    """The check with this name, which has to be in this state."""
    check = clinic.checks()[name]
    assert check["state"] == state, check
    return check


def mended(clinic, name, state="fail", words=""):
    """A check that is broken is whole once its advice was followed."""
    check = broken(clinic, name, state)
    assert words in check["evidence"]
    clinic.obey(check)
    assert clinic.checks()[name]["state"] == PASS


# On this machine.


def test_missing_settings_are_named_and_init_asks_for_them(clinic, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    del clinic.settings["META_VERIFY_TOKEN"]
    checks = clinic.checks()
    assert checks["settings"]["evidence"] == "META_VERIFY_TOKEN is missing."
    assert checks["database"]["state"] == PASS  # what can be seen is looked at all the same
    clinic.obey(checks["settings"])
    assert clinic.checks()["settings"]["state"] == PASS


def test_a_database_that_is_not_there_is_made(clinic, tmp_path):
    clinic.settings["DATABASE_URL"] = f"sqlite:///{tmp_path}/new.db"
    checks = clinic.checks()
    assert checks["worker"] if "worker" in checks else checks["processes"]["state"] == "skipped"
    mended(clinic, "database", words="There is no database")


def test_a_database_of_an_older_shape_is_migrated(clinic, tmp_path):
    clinic.settings["DATABASE_URL"] = f"sqlite:///{tmp_path}/old.db"
    (tmp_path / "old.db").touch()
    mended(clinic, "database", words="of its shape are missing")


def test_a_database_that_others_may_read_is_mended(clinic):
    file = Path(clinic.settings["DATABASE_URL"].removeprefix("sqlite:///"))
    file.chmod(0o644)
    advice = broken(clinic, "privacy", "warn")["advice"]
    assert advice == f"If they are not meant to: `chmod 600 {file}`."
    file.chmod(0o600)
    assert "privacy" not in clinic.checks()


def test_a_database_out_of_reach_is_said_to_be_so_and_nothing_else_of_it_is_looked_at(clinic):
    clinic.settings["DATABASE_URL"] = f"postgresql://nobody@127.0.0.1:{free_port()}/nowhere"
    checks = clinic.checks()
    assert "cannot be reached" in checks["database"]["evidence"]
    assert {checks[name]["state"] for name in ("processes", "triggers", "catalog")} == {"skipped"}


@pytest.mark.slow
def test_a_worker_and_a_scheduler_that_do_not_run_can_be_started(clinic, sqlite_store, redis_url, tmp_path):
    Heartbeat.delete().execute()
    for name in ("worker", "scheduler"):
        assert f"`wapto {name}`" in broken(clinic, name)["advice"]
        process = Wapto(name, tmp_path, DATABASE_URL=sqlite_store, REDIS_URL=redis_url)
        try:
            assert wait_until(lambda name=name: clinic.checks()[name]["state"] == PASS, 20)
        finally:
            process.process.terminate()
            process.process.wait(15)


def test_a_worker_of_which_a_lane_is_dead_is_worth_a_look(clinic):
    Heartbeat.delete().where(Heartbeat.name == LANES[0]).execute()
    assert "Restart it" in broken(clinic, "worker", "warn")["advice"]


def test_webhooks_that_failed_are_replayed(clinic):
    InboxEntry.create(received_at=NOW, body=body(notification(change(messages=[cart()]))), state="failed", attempts=5)
    mended(clinic, "webhooks", words="1 webhook(s) could not be handled")
    assert Order.select().count() == 1


@pytest.mark.parametrize(("minutes", "state"), [(2, "warn"), (20, "fail")])
def test_webhooks_that_nobody_works_on_are_seen(clinic, minutes, state):
    InboxEntry.create(received_at=now() - timedelta(minutes=minutes), body=b"{}", state="new")
    check = broken(clinic, "inbox queue", state)
    assert f"waits {minutes} min: orders do not appear" in check["evidence"]
    InboxEntry.update(state="done").execute()
    assert clinic.checks()["inbox queue"]["state"] == PASS


def test_messages_and_cards_that_nobody_works_on_are_seen(clinic):
    order = an_order(clinic.number, last_seq=1, card_due_at=now() - timedelta(minutes=20))
    Message.create(
        order=order, number=clinic.number, customer=order.customer, key="1", callback="1", trigger="received", text="",
        components=[], state="queued", next_at=now() - timedelta(minutes=20), created_at=NOW,
    )  # fmt: skip
    checks = clinic.checks()
    assert "messages waits 20 min: customers are not told" in checks["outbox queue"]["evidence"]
    assert "cards waits 20 min: Slack shows old orders" in checks["desk queue"]["evidence"]
    Message.delete().execute()
    Order.update(shown_seq=1).execute()
    checks = clinic.checks()
    assert (checks["outbox queue"]["state"], checks["desk queue"]["state"]) == (PASS, PASS)


def test_a_message_that_may_have_arrived_or_not_is_listed(clinic):
    order = an_order(clinic.number)
    Message.create(
        order=order, number=clinic.number, customer=order.customer, key="1", callback="1", trigger="received", text="",
        components=[], state="unknown", next_at=NOW, created_at=NOW,
    )  # fmt: skip
    clinic.obey(broken(clinic, "unknown messages", "warn"))


@pytest.mark.parametrize(("free", "state"), [(500_000_000, "warn"), (50_000_000, "fail")])
def test_a_disk_that_runs_full_is_seen(clinic, monkeypatch, free, state):
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free))
        check = broken(clinic, "disk", state)
    assert check["evidence"].startswith(f"{free / 1e9:.1f} GB are free where ")
    assert "carts are refused" in check["advice"]
    assert clinic.checks()["disk"]["state"] == PASS


def test_messages_that_are_held_say_why(clinic):
    order = an_order(clinic.number)
    Message.create(
        order=order, number=clinic.number, customer=order.customer, key="1", callback="1", trigger="received", text="",
        components=[], state="held", reason="The template is paused.", next_at=NOW, created_at=NOW,
    )  # fmt: skip
    check = broken(clinic, "held messages", "warn")
    assert check["evidence"].endswith("The oldest: The template is paused.")
    clinic.obey(check)


def test_a_redis_that_throws_rings_away_is_told_not_to(clinic, redis_url):
    with Redis.from_url(redis_url) as redis:
        redis.config_set("maxmemory", "100mb")
        redis.config_set("maxmemory-policy", "allkeys-lru")
        try:
            mended(clinic, "Redis", "warn", "throws keys away when it is full (allkeys-lru)")
        finally:
            redis.config_set("maxmemory", "0")
            redis.config_set("maxmemory-policy", "noeviction")


def test_a_redis_that_is_away_is_seen(clinic):
    clinic.settings["REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    assert "cannot be reached" in broken(clinic, "Redis")["evidence"]


# The address that Meta and Slack call.


def test_an_address_where_nothing_answers_is_seen(clinic):
    clinic.settings["WAPTO_PUBLIC_URL"] = f"http://127.0.0.1:{free_port()}"
    checks = clinic.checks()
    assert "Nothing answers" in checks["public address"]["evidence"]
    assert checks["Slack address"]["state"] == "skipped"


def test_an_address_where_somebody_else_answers_is_seen(clinic):
    clinic.settings["WAPTO_PUBLIC_URL"] = clinic.slack.url
    assert "is not Wapto" in broken(clinic, "public address")["evidence"]


def test_a_certificate_that_nobody_trusts_is_seen(clinic):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).parents[1] / "meta" / "untrusted.pem")
    with socket.create_server(("127.0.0.1", 0)) as plain, context.wrap_socket(plain, server_side=True) as server:
        threading.Thread(target=lambda: suppressed(server.accept), daemon=True).start()
        clinic.settings["WAPTO_PUBLIC_URL"] = f"https://127.0.0.1:{server.getsockname()[1]}"
        check = broken(clinic, "public address")
    assert check["evidence"] == "127.0.0.1 has no certificate that is trusted, so Meta does not come."


def suppressed(act):
    with suppress(OSError):
        act()


@pytest.mark.parametrize(
    ("setting", "name"), [("META_VERIFY_TOKEN", "webhook address"), ("SLACK_SIGNING_SECRET", "Slack address")]
)
def test_a_web_process_with_other_secrets_is_seen(clinic, setting, name):
    right, clinic.settings[setting] = clinic.settings[setting], "another one"
    check = broken(clinic, name)
    assert check["advice"].startswith(f"The web process was started with another {setting}")
    clinic.settings[setting] = right
    assert clinic.checks()[name]["state"] == PASS


# At Meta: the three classic troubles, and what leads to them.


def test_an_order_does_not_appear_because_the_app_is_not_subscribed_to_the_account(clinic):
    clinic.graph.registry.apps[WABA] = {"1234"}
    words = f"Orders do not appear because the app is not subscribed to the WhatsApp account {WABA}"
    mended(clinic, f"subscription {WABA}", words=words)
    assert clinic.graph.registry.apps[WABA] == {"1234", clinic.graph.registry.app_id}


def test_an_order_does_not_appear_because_the_field_is_missing(clinic):
    clinic.graph.registry.fields = ["account_update", "calls"]
    mended(clinic, "webhook", words="Orders do not appear because the app is not subscribed to the field “messages”.")
    assert "calls" in clinic.graph.registry.fields  # what was there stays


def test_an_order_does_not_appear_because_the_app_has_no_webhook(clinic):
    clinic.graph.registry.callback = None
    mended(clinic, "webhook", words="Orders do not appear because the Meta app has no webhook")


def test_an_order_does_not_appear_because_webhooks_go_elsewhere(clinic):
    clinic.graph.registry.callback = "https://old.example/hook"
    check = broken(clinic, "webhook")
    assert f"to https://old.example/hook, not to {clinic.url}/webhooks/whatsapp" in check["evidence"]
    assert clinic.wapto("doctor", "--fix").code == 1  # somebody else's webhook is nothing to take away unasked
    assert clinic.graph.registry.callback == "https://old.example/hook"
    clinic.graph.registry.callback = check["advice"].rpartition("Callback URL: ")[2].rstrip(".")
    assert clinic.checks()["webhook"]["state"] == PASS


def test_an_order_does_not_appear_because_the_account_has_an_address_of_its_own(clinic):
    clinic.graph.registry.overrides[WABA] = "https://old.example/hook"
    assert "https://old.example/hook" in broken(clinic, f"subscription {WABA}")["evidence"]


def test_fields_that_bring_less_than_orders_are_worth_a_warning(clinic):
    clinic.graph.registry.fields.remove("account_update")
    mended(clinic, "webhook", "warn", "Wapto hears nothing of account_update.")


def test_the_doctor_asks_for_every_field_that_wapto_reads():
    of_phones_shared_with_the_business_app = {"smb_message_echoes", "history"}
    assert set(doctor_meta.FIELDS) == {"messages", *READERS} - of_phones_shared_with_the_business_app


def test_a_customer_is_not_told_because_the_template_is_paused(clinic):
    clinic.graph.set_template_status(WABA, "order_update", "en", "PAUSED")
    check = broken(clinic, f"templates {WABA}", "warn")
    clinic.obey(check)
    check = broken(clinic, f"trigger {NUMBER} received")
    assert check["evidence"] == (
        "Customers are not told that their order is Received because the template “order_update” cannot be sent "
        "(en is paused)."
    )
    clinic.graph.set_template_status(WABA, "order_update", "en", "APPROVED")
    assert clinic.wapto("templates", "sync").code == 0
    assert clinic.checks()[f"trigger {NUMBER} received"]["state"] == PASS


def test_a_fallback_that_tells_instead_is_only_worth_a_warning(clinic):
    meta_id = clinic.graph.add_template(WABA, NOTICE | {"name": "plain_update"})
    a_template(NOTICE | {"name": "plain_update"}, meta_id=meta_id)
    Trigger.update(fallback="plain_update").execute()
    Template.update(status="PAUSED").where(Template.name == "order_update").execute()
    check = broken(clinic, f"trigger {NUMBER} received", "warn")
    assert check["evidence"].startswith("“plain_update” tells it instead, because “order_update” cannot be sent")


def test_a_customer_is_not_told_because_the_placeholders_do_not_match(clinic):
    clinic.graph.add_template(WABA, definition("order_update", "en", "Hi {{1}}: {{2}} is {{3}} now."))
    assert clinic.wapto("templates", "sync").code == 0
    Trigger.update(hold=60, defaults={"1": "it's yours"}).execute()
    words = "and its bindings do not match in en: Placeholder 3 is not bound"
    mended(clinic, f"trigger {NUMBER} received", words=words)
    trigger = Trigger.get()
    assert (trigger.bindings["3"], trigger.hold, trigger.defaults) == ("order.number", 60, {"1": "it's yours"})


def test_a_template_that_is_not_there_in_the_shops_language_is_seen(clinic):
    Number.update(language="pt_BR").execute()
    check = broken(clinic, f"trigger {NUMBER} received", "warn")
    assert check["evidence"] == "“order_update” is approved, but not in pt_BR: customers read en."
    clinic.graph.add_template(WABA, NOTICE | {"language": "pt_BR"})
    clinic.obey(check)
    assert clinic.checks()[f"trigger {NUMBER} received"]["state"] == PASS


def test_a_customer_is_not_told_because_the_template_is_gone(clinic):
    Template.update(gone_at=NOW).execute()
    assert "is not there" in broken(clinic, f"trigger {NUMBER} received")["evidence"]
    clinic.obey(broken(clinic, f"templates {WABA}", "warn"))
    assert clinic.checks()[f"trigger {NUMBER} received"]["state"] == PASS


def test_a_status_without_a_trigger_is_told_from_one_that_is_broken(clinic):
    Trigger.delete().execute()
    assert "not told that their order arrived" in broken(clinic, f"trigger {NUMBER} received", "warn")["evidence"]


def test_customers_are_not_asked_while_no_survey_template_is_approved(clinic):
    Number.update(survey_mode="automatic").execute()
    check = broken(clinic, f"survey {NUMBER}", "warn")
    assert "the template “wapto_review_request” is not approved" in check["evidence"]
    a_review_template()
    assert clinic.checks()[f"survey {NUMBER}"]["state"] == PASS
    Number.update(survey="nps").execute()
    assert "“wapto_nps_request” is not approved" in broken(clinic, f"survey {NUMBER}", "warn")["evidence"]
    Number.update(survey_template="wapto_review_request").execute()
    assert (
        "no button of the template “wapto_review_request” says 10"
        in broken(clinic, f"survey {NUMBER}", "warn")["evidence"]
    )
    Number.update(survey_mode="off").execute()
    assert clinic.checks()[f"survey {NUMBER}"]["state"] == PASS


def test_a_dead_token_is_named_and_what_needs_it_is_not_looked_at(clinic):
    clinic.settings["META_ACCESS_TOKEN"] = "expired"
    checks = clinic.checks()
    assert "Malformed access token" in checks["token"]["evidence"]
    assert "META_ACCESS_TOKEN" in checks["token"]["advice"]
    assert {checks[name]["state"] for name in ("webhook", "subscription", "number", "catalog")} == {"skipped"}
    clinic.settings["META_ACCESS_TOKEN"] = "access-token"
    assert clinic.checks()["token"]["state"] == PASS


def test_an_accounts_own_token_is_looked_at_too(clinic):
    own = f"META_ACCESS_TOKEN_{WABA}"
    clinic.settings[own] = "expired"
    assert own in broken(clinic, f"token {WABA}")["advice"]
    clinic.settings[own] = "access-token"
    assert clinic.checks()[f"token {WABA}"]["state"] == PASS


def test_a_token_for_an_account_without_a_number_is_named(clinic):
    clinic.settings["META_ACCESS_TOKEN_12345"] = "access-token"
    assert "no number here belongs to" in broken(clinic, "token 12345", "warn")["evidence"]


@pytest.mark.parametrize(
    ("facts", "name", "state", "words"),
    [
        ({"expires_at": 86_400 * 7}, "token", "warn", "The token expires on"),
        ({"app_id": "999"}, "token", "fail", "belongs to the app 999"),
        ({"scopes": ["whatsapp_business_management"]}, "permissions", "fail", "lacks whatsapp_business_messaging"),
        (
            {"scopes": ["whatsapp_business_management", "whatsapp_business_messaging"]},
            "permissions",
            "warn",
            "may not read catalogs",
        ),
        (
            {"granular_scopes": [{"scope": "whatsapp_business_messaging", "target_ids": ["7"]}]},
            "permissions",
            "fail",
            f"may not see the WhatsApp account {WABA}",
        ),
    ],
)
def test_what_a_token_lacks_is_named(clinic, facts, name, state, words):
    if "expires_at" in facts:
        facts = {"expires_at": int(now().timestamp()) + facts["expires_at"]}
    before = dict(clinic.graph.registry.token)
    clinic.graph.registry.token.update(facts)
    assert words in broken(clinic, name, state)["evidence"]
    clinic.graph.registry.token = before
    assert clinic.checks()[name]["state"] == PASS


def test_without_the_apps_id_the_doctor_says_what_it_cannot_see(clinic):
    del clinic.settings["META_APP_ID"]
    checks = clinic.checks()
    assert {checks[name]["state"] for name in ("token", "webhook", f"subscription {WABA}")} == {"skipped"}
    assert "META_APP_ID" in checks["token"]["advice"]
    assert checks[f"number {NUMBER}"]["state"] == PASS


@pytest.mark.parametrize(
    ("facts", "state", "words"),
    [
        ({"platform_type": "NOT_APPLICABLE"}, "fail", "not registered for the Cloud API"),
        ({"status": "BANNED"}, "fail", "is banned"),
        ({"quality_rating": "RED"}, "warn", "its quality is low"),
        ({"name_status": "DECLINED"}, "warn", "display name is declined"),
    ],
)
def test_a_number_that_is_not_well_says_so(clinic, facts, state, words):
    clinic.graph.registry.numbers[NUMBER] = facts
    assert words in broken(clinic, f"number {NUMBER}", state)["evidence"]
    clinic.graph.registry.numbers.clear()
    assert clinic.checks()[f"number {NUMBER}"]["state"] == PASS


def test_a_number_that_is_well_says_how_much_it_may_send(clinic):
    evidence = clinic.checks()[f"number {NUMBER}"]["evidence"]
    assert evidence == "+55 11 4000-0001 is connected; throughput standard, quality green, limit tier 2k."


def test_a_number_that_is_paused_says_why(clinic):
    Number.update(paused_until=now() + timedelta(hours=1), paused_reason="The token is dead.").execute()
    assert broken(clinic, f"number {NUMBER}")["evidence"] == "Nothing is sent from Loja: The token is dead."


def test_what_meta_itself_says_of_sending_is_passed_on(clinic):
    error = {"error_code": 141006, "error_description": "No payment method.", "possible_solution": "Add one."}
    clinic.graph.registry.health[WABA] = {"can_send_message": "BLOCKED", "errors": [error]}
    clinic.graph.registry.health[NUMBER] = {"can_send_message": "LIMITED", "additional_info": ["name not approved"]}
    assert "waba: No payment method. Add one." in broken(clinic, f"account {WABA}")["evidence"]
    assert "name not approved" in broken(clinic, f"sending {NUMBER}", "warn")["evidence"]
    clinic.graph.registry.health.clear()
    assert clinic.checks()[f"account {WABA}"]["state"] == PASS


def test_what_meta_says_of_a_template_in_use_is_passed_on(clinic):
    template = clinic.graph.template(WABA, "order_update", "en")["id"]
    error = {"error_code": 141002, "error_description": "The template is not approved."}
    clinic.graph.registry.health[template] = {"can_send_message": "BLOCKED", "errors": [error]}
    assert "The template is not approved." in broken(clinic, "template order_update en")["evidence"]
    clinic.graph.registry.health.clear()
    assert clinic.checks()["template health"]["evidence"] == "Meta says that 1 template(s) in use can be sent."


def test_meta_out_of_reach_is_said_once(clinic):
    clinic.settings["META_GRAPH_URL"] = f"http://127.0.0.1:{free_port()}"
    checks = clinic.checks()
    assert "cannot be reached" in checks["Meta"]["evidence"]
    assert {checks[name]["state"] for name in ("token", "number", "catalog", "templates")} == {"skipped"}


def test_a_graph_version_that_meta_has_ended_is_named(clinic):
    clinic.settings["META_GRAPH_VERSION"] = "v20.0"
    check = broken(clinic, "Graph version")
    name, _, version = check["advice"].split()[1].partition("=")
    clinic.settings[name] = version
    assert clinic.checks()["Graph version"]["state"] == PASS


@pytest.mark.parametrize(("days", "state"), [(120, "pass"), (60, "warn"), (-1, "fail")])
def test_the_end_of_a_version_is_told_90_days_before(clinic, days, state):
    at = NOW.replace(year=2028, month=7, day=29) - timedelta(days=days)
    assert at_meta(clinic, "Graph version", at).state == state


def test_a_clock_that_is_wrong_is_seen(clinic):
    assert at_meta(clinic, "clock", now() + timedelta(minutes=10)).state == "fail"
    assert at_meta(clinic, "Meta", now()).state == PASS


def at_meta(clinic, name, at):
    """What the doctor finds at Meta at another time."""
    client = GraphClient(clinic.graph.url, "v25.0", "access-token")
    meta = doctor_meta.Connection(client, None, None, "access-token", {}, "verify", "v25.0", None)
    checks = doctor.examine(doctor_meta.looks(meta)[:2], at)
    return next(check for check in checks if check.name == name)


# The catalog.


def test_a_catalog_that_was_never_read_is_read(clinic):
    CatalogSync.delete().execute()
    mended(clinic, f"catalog {NUMBER}", words="was never read, so carts have no names")


def test_a_catalog_that_was_read_long_ago_is_read_again(clinic):
    CatalogSync.update(finished_at=now() - timedelta(days=2), problem="Meta is away.").execute()
    mended(clinic, f"catalog {NUMBER}", "warn", "UTC: Meta is away.")


def test_an_order_does_not_appear_because_the_cart_is_off(clinic):
    clinic.graph.shelf.switches(NUMBER)["is_cart_enabled"] = False
    mended(clinic, f"cart {NUMBER}", words="Orders do not appear because the cart is switched off")


def test_a_catalog_that_customers_do_not_see_is_shown(clinic):
    clinic.graph.shelf.switches(NUMBER)["is_catalog_visible"] = False
    mended(clinic, f"cart {NUMBER}", "warn", "customers find it only by a link")


@pytest.mark.parametrize("known", ["300000000000009", None])
def test_a_number_with_another_catalog_than_metas_gets_that_one(clinic, known):
    Number.update(catalog=known).execute()
    mended(clinic, f"catalog {NUMBER}", words=f"Meta has the catalog {CATALOG} for this number")


def test_stock_that_meta_refuses_is_named_until_it_is_taken(clinic):
    assert clinic.wapto("numbers", "set", NUMBER, "update_stock=on").code == 0
    level = StockLevel.create(catalog=CATALOG, sku="S1", problem="The item is archived.", due_at=NOW)
    check = broken(clinic, "stock", "warn")
    assert check["evidence"] == "Meta refuses the new stock of 1 item(s): S1: The item is archived."
    client = GraphClient(clinic.graph.url, "v25.0", "access-token")
    while stock_lane.drain(client, now):  # as the worker does, once Commerce Manager has mended it
        pass
    assert StockLevel.get_by_id(level.id).problem is None
    assert clinic.checks()["stock"]["state"] == PASS


def test_an_account_without_a_catalog_is_seen(clinic):
    clinic.graph.shelf.disconnect(CATALOG)
    assert "no catalog is connected" in broken(clinic, f"catalog {NUMBER}")["evidence"]


def test_a_shop_without_a_number_or_a_team_is_told_how_to_begin(sqlite_store, clinic):
    Trigger.delete().execute()
    Number.update(gone_at=NOW).execute()
    clinic.wapto("agents", "remove", ANA)
    checks = clinic.checks()
    assert "`wapto numbers add ID" in checks["numbers"]["advice"]
    assert "`wapto agents add --slack" in checks["agents"]["advice"]


# In Slack.


def test_a_slack_token_that_was_revoked_is_named(clinic):
    clinic.slack.web.token_error = "token_revoked"
    checks = clinic.checks()
    assert "token_revoked" in checks["Slack"]["evidence"]
    assert checks["Slack scopes"]["state"] == "skipped"
    clinic.slack.web.token_error = None
    assert clinic.checks()["Slack"]["state"] == PASS


def test_the_rounds_tell_the_admins_what_broke_since_and_nothing_else(clinic):
    def told(start):
        for place in (0, 1):
            rounds.go(commands.rounds(config.load(clinic.settings)), start + timedelta(seconds=place))
        return [alert.words for alert in AdminAlert.select().where(AdminAlert.created_at >= start)]

    today = now()
    assert ["public address" in words for words in told(today)] == [True]  # which is no https here
    assert told(today + timedelta(seconds=10)) == []
    clinic.slack.web.token_error = "token_revoked"
    [words] = told(today + timedelta(seconds=20))
    assert words.splitlines()[1].startswith("✗ Slack: Cards do not appear: ")
    clinic.slack.web.token_error = None
    [words] = told(today + timedelta(seconds=30))
    assert words.splitlines()[1].startswith("✓ Slack: The bot token belongs to ")


def test_scopes_that_the_app_lacks_are_named(clinic):
    whole = clinic.slack.world.app
    clinic.slack.world.app = type(whole)(**vars(whole) | {"scopes": whole.scopes - {"im:write"}})
    check = broken(clinic, "Slack scopes")
    assert check["evidence"] == "The app lacks im:write."
    clinic.obey(check)
    clinic.slack.world.app = whole
    assert clinic.checks()["Slack scopes"]["state"] == PASS


def test_a_channel_without_wapto_is_named_with_the_number_that_it_is_for(clinic):
    members = clinic.slack.channel(CHANNEL).members
    members.discard(clinic.slack.world.bot.id)
    check = broken(clinic, f"channel {CHANNEL}")
    assert f"Cards do not appear in the channel of number {NUMBER}" in check["evidence"]
    members.add(clinic.slack.world.bot.id)  # /invite @Wapto
    assert clinic.checks()[f"channel {CHANNEL}"]["state"] == PASS


def test_somebody_who_left_the_workspace_is_taken_off_the_roster(clinic):
    clinic.slack.world.users[ANA].deleted = True
    check = broken(clinic, f"agent {ANA}")
    clinic.obey(check)
    assert f"agent {ANA}" not in clinic.checks()


# For real.


def test_live_sends_one_template_and_posts_and_edits_one_message(clinic):
    checks = clinic.checks("--live", "--phone", "+55 11 98888-7777")
    [sent] = clinic.graph.sent
    assert (sent.to, sent.template) == ("+5511988887777", "order_update")
    assert sent.wamid in checks[f"live template {NUMBER}"]["evidence"]
    assert [message.text for message in clinic.slack.channel(CHANNEL).messages] == [wording.DOCTOR_DONE]
    assert checks[f"live card {CHANNEL}"]["state"] == PASS
    assert "live card" not in str(clinic.checks())


def test_live_says_what_meta_and_slack_answered(clinic):
    clinic.graph.fail(131042, details="No payment method.")
    clinic.slack.faults.error("chat.postMessage", "is_archived")
    checks = clinic.checks("--live", "--phone", "+5511988887777")
    assert "No payment method" in checks[f"live template {NUMBER}"]["evidence"]
    assert "An admin has to change this in the Meta account" in checks[f"live template {NUMBER}"]["advice"]
    assert "is_archived" in checks[f"live card {CHANNEL}"]["evidence"]


def test_live_needs_a_phone_and_a_template_that_can_be_sent(clinic):
    assert clinic.wapto("doctor", "--live").code == 2
    assert "is not a phone number" in clinic.checks("--live", "--phone", "me")["live template"]["evidence"]
    Template.update(status="PAUSED").execute()
    checks = clinic.checks("--live", "--phone", "+5511988887777")
    assert "no trigger whose template could be sent" in checks[f"live template {NUMBER}"]["evidence"]


def test_the_doctor_needs_no_settings_to_say_that_there_are_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    db.close()
    done = Terminal()("doctor")
    assert done.code == 1
    assert "META_APP_SECRET is missing." in done.out
    assert "`wapto init`" in done.out
