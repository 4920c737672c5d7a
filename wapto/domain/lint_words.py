"""The words by which `lint` knows an offer, and a language, in the languages of the starter pack."""

import re
import unicodedata
from collections import Counter

# Parts of words count too: "discount" finds "discounts". Only what no message about an order's own course needs.
_PROMOTION = {
    "en": "discount|promo|sales?\\b|\\d+ ?% off|special offer|limited time|buy now|shop now|buy again|coupon|voucher"
    "|free gift|don't miss|best price|deal of|exclusive",
    "es": "descuento|promoci|oferta|rebaja|cupón|compre ahora|compra ahora|vuelva a comprar|regalo|por tiempo limitado"
    "|mejor precio|aproveche|aprovecha|exclusiv",
    "pt": "desconto|promoç|oferta|liquidação|cupom|compre agora|compre de novo|brinde|por tempo limitado|melhor preço"
    "|aproveite|exclusiv",
    "hi": "छूट|ऑफ़र|ऑफर|सेल|डिस्काउंट|कूपन|मुफ़्त|मुफ्त|अभी खरीदें|अभी ख़रीदें|सीमित समय|उपहार",
    "ar": "خصم|تخفيض|عرض خاص|عروض|كوبون|قسيمة|مجان|اشترِ الآن|اشتر الآن|تسوق الآن|هدية|لفترة محدودة|حصري",
    "id": "diskon|promo|penawaran|potongan harga|kupon|voucer|voucher|gratis|beli sekarang|belanja lagi|hadiah"
    "|waktu terbatas|eksklusif",
    "fr": "remise|réduction|promo|offre|soldes|bon d'achat|code promo|achetez|cadeau|durée limitée|meilleur prix"
    "|profitez|exclusi",
    "de": "rabatt|angebot|aktion|gutschein|sonderpreis|jetzt kaufen|jetzt bestellen|erneut kaufen|geschenk"
    "|nur kurze zeit|bester preis|exklusiv|schnäppchen",
}  # fmt: skip
_STARTS_A_WORD = {"en", "es", "pt", "id", "fr", "de"}  # elsewhere letters may be joined before the word

_COMMON = {
    "English": "the your has been is with will and for we of you to have are this",
    "Spanish": "su el la ha sido está con para que por le los una y del este hemos lo",
    "Portuguese": "o seu foi está com para que por você não uma e do da os esta vamos sua",
    "French": "votre le la est été avec pour que vous une et nous les des sur ce à du",
    "German": "ihre der die das ist wurde mit für sie und wir eine den bei nicht zu auf ihnen",
    "Indonesian": "pesanan anda telah dan di kami akan dengan untuk yang ini tidak sudah dari pada",
}
_COMMON_WORDS = {name: frozenset(words.split()) for name, words in _COMMON.items()}
_NAMES = {"en": "English", "es": "Spanish", "pt": "Portuguese", "fr": "French", "de": "German", "id": "Indonesian"}
_SCRIPTS = dict.fromkeys(_NAMES, "LATIN") | {"hi": "DEVANAGARI", "ar": "ARABIC"}
_SCRIPT_LETTERS = {"LATIN": "the Latin", "DEVANAGARI": "the Devanagari", "ARABIC": "the Arabic"}
_SURE = 3


def _pattern(language: str, words: str) -> re.Pattern[str]:
    start = r"(?<!\w)" if language in _STARTS_A_WORD else ""
    return re.compile(f"{start}(?:{words})", re.IGNORECASE)


OF_PROMOTION = {language: _pattern(language, words) for language, words in _PROMOTION.items()}
"""Language without region → what finds a word of promotion."""


def language_read_in(text: str, code: str) -> str | None:
    """What the text seems to be written in, when that is surely not the language of `code`; None where unsure."""
    language = code.partition("_")[0]
    if language not in _SCRIPTS:
        return None
    scripts = Counter(unicodedata.name(letter, "?").split()[0] for letter in text if letter.isalpha())
    written = max(scripts, key=lambda script: scripts[script], default="")
    if written in _SCRIPT_LETTERS and written != _SCRIPTS[language]:
        return f"one in {_SCRIPT_LETTERS[written]} script"
    return _other_language(text, _NAMES[language]) if language in _NAMES else None


def _other_language(text: str, expected: str) -> str | None:
    words = re.findall(r"\w+", text.lower())
    counts = {name: sum(word in known for word in words) for name, known in _COMMON_WORDS.items()}
    best = max(counts, key=lambda name: counts[name])
    is_sure = counts[best] >= _SURE and counts[best] >= 2 * counts[expected]
    return best if best != expected and is_sure else None
