"""Two shops for the sandbox: their numbers at Meta, their channels in Slack, what each tells its customers and how."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.graph.catalogs import item
from sandbox.graph.templates import Definition, template
from sandbox.graph.world import Number


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a shop tells about one status: a template at Meta, and what Wapto binds its placeholders to.

    `track` is a URL button whose address ends in the number of the parcel; `approval` is what Meta says of the
    template.
    """

    status: str
    body: str
    bind: dict[str, str] = field(default_factory=dict)
    track: tuple[str, str] | None = None
    approval: str = "APPROVED"

    @property
    def template(self) -> str:
        """The name of the template."""
        return f"order_{self.status}"

    @property
    def bindings(self) -> dict[str, str]:
        """Placeholder to commerce variable, the button's included."""
        return self.bind | ({"button.0": "tracking.number"} if self.track else {})


@dataclass(frozen=True, kw_only=True)
class Shop:
    """One business phone number: `waba` is its account at Meta, `channel` where its orders are worked in Slack."""

    name: str
    waba: str
    number: Number
    channel: str
    channel_name: str
    language: str
    currency: str
    timezone: str
    notices: tuple[Notice, ...]
    items: tuple[tuple[str, str, str], ...] = ()  # SKU, name, and the price as the shop's people write it

    def catalog(self) -> Iterator[dict[str, Any]]:
        """The items of the shop's catalog as Meta lists them."""
        return (item(sku, name, price, self.currency) for sku, name, price in self.items)

    def templates(self) -> Iterator[Definition]:
        """The templates as Meta lists them, with the shop's name at the foot."""
        for notice in self.notices:
            buttons = []
            if notice.track:
                words, address = notice.track
                buttons = [{"type": "URL", "text": words, "url": f"{address}{{{{1}}}}", "example": [f"{address}X1"]}]
            yield template(
                notice.template,
                self.language,
                notice.body,
                footer=self.name,
                buttons=buttons,
                status=notice.approval,
                samples={name: _SAMPLES[variable] for name, variable in notice.bind.items()},
            )


# What reviewers at Meta are shown.
_SAMPLES = {
    "customer.first_name": "Maria",
    "customer.name": "Jonas Weber",
    "order.number": "W-7KQ2",
    "order.items": "2 × CAFE-250G",
    "order.total": "R$ 65,80",
    "agent.name": "Bruno",
    "tracking.carrier": "Correios",
    "tracking.number": "BR123456789",
    "tracking.eta": "27/11/2026",
    "cancel.reason": "CAFE-250G",
}

_FIRST_NAME_AND_NUMBER = {"1": "customer.first_name", "2": "order.number"}

AURORA = Shop(
    name="Casa Aurora",
    waba="200000000000001",
    number=Number("100000000000001", "+55 11 3003-1000", "Casa Aurora", catalog_id="300000000000001"),
    channel="C0PEDIDOS",
    channel_name="pedidos",
    language="pt_BR",
    currency="BRL",
    timezone="America/Sao_Paulo",
    items=(
        ("CAFE-250G", "Café torrado 250 g", "R$ 32,90"),
        ("CANECA-AZUL", "Caneca azul", "R$ 39,50"),
        ("FILTRO-100", "Filtros de papel, 100 unidades", "R$ 12,00"),
    ),
    notices=(
        Notice(
            status="received",
            body="Oi, {{1}}! Recebemos o seu pedido {{2}}: {{3}}. Total: {{4}}. Muito obrigado!",
            bind=_FIRST_NAME_AND_NUMBER | {"3": "order.items", "4": "order.total"},
        ),
        Notice(
            status="confirmed",
            body="Oi, {{1}}! O seu pedido {{2}} está confirmado. {{3}} cuida dele para você.",
            bind=_FIRST_NAME_AND_NUMBER | {"3": "agent.name"},
        ),
        Notice(
            status="processing",
            body="Oi, {{1}}! Já estamos preparando o seu pedido {{2}}.",
            bind=_FIRST_NAME_AND_NUMBER,
        ),
        Notice(
            status="shipped",
            body="Oi, {{1}}! O seu pedido {{2}} está a caminho com {{3}}, código de rastreio {{4}}. "
            "Previsão de entrega: {{5}}.",
            bind=_FIRST_NAME_AND_NUMBER | {"3": "tracking.carrier", "4": "tracking.number", "5": "tracking.eta"},
            track=("Rastrear", "https://rastreio.example/"),
        ),
        Notice(
            status="out_for_delivery",
            body="Oi, {{1}}! O seu pedido {{2}} saiu para entrega e chega hoje.",
            bind=_FIRST_NAME_AND_NUMBER,
        ),
        Notice(
            status="delivered",
            body="Oi, {{1}}! O seu pedido {{2}} foi entregue. Bom proveito!",
            bind=_FIRST_NAME_AND_NUMBER,
        ),
        Notice(
            status="cancelled",
            body="Oi, {{1}}! O seu pedido {{2}} foi cancelado. Motivo: {{3}}.",
            bind=_FIRST_NAME_AND_NUMBER | {"3": "cancel.reason"},
        ),
    ),
)

_NAME_AND_NUMBER = {"name": "customer.name", "number": "order.number"}

SONNTAG = Shop(
    name="Buchladen Sonntag",
    waba="200000000000002",
    number=Number("100000000000002", "+49 30 23125 042", "Buchladen Sonntag", catalog_id="300000000000002"),
    channel="C0BESTELL",
    channel_name="bestellungen",
    language="de",
    currency="EUR",
    timezone="Europe/Berlin",
    items=(("BUCH-0815", "Das kunstseidene Mädchen", "24,00 €"), ("LESEZEICHEN", "Lesezeichen", "1,50 €")),
    notices=(
        Notice(
            status="received",
            body="Guten Tag {{name}}, Ihre Bestellung {{number}} ist bei uns eingegangen: {{items}}, "
            "zusammen {{total}}.",
            bind=_NAME_AND_NUMBER | {"items": "order.items", "total": "order.total"},
        ),
        Notice(
            status="confirmed",
            body="Guten Tag {{name}}, wir haben Ihre Bestellung {{number}} bestätigt.",
            bind=_NAME_AND_NUMBER,
        ),
        Notice(
            status="processing",
            body="Guten Tag {{name}}, wir legen Ihre Bestellung {{number}} gerade zurecht.",
            bind=_NAME_AND_NUMBER,
        ),
        Notice(
            status="ready_for_pickup",
            body="Guten Tag {{name}}, Ihre Bestellung {{number}} liegt bei uns für Sie bereit.",
            bind=_NAME_AND_NUMBER,
        ),
        Notice(
            status="delivered",
            body="Vielen Dank, {{name}}! Viel Freude mit Ihrer Bestellung {{number}}.",
            bind=_NAME_AND_NUMBER,
        ),
        Notice(
            status="cancelled",
            body="Guten Tag {{name}}, Ihre Bestellung {{number}} ist leider storniert: {{reason}}.",
            bind=_NAME_AND_NUMBER | {"reason": "cancel.reason"},
        ),
    ),
)

SHOPS = (AURORA, SONNTAG)
