"""What Wapto asks customers for in its own words, by language; everything else they read is the shop's."""

_ADDRESS = {
    "en": "Please send us the address for the delivery: write it here, or share your location.",
    "pt": "Por favor, envie o endereço de entrega: escreva aqui ou compartilhe a sua localização.",
    "es": "Por favor, envíanos la dirección de entrega: escríbela aquí o comparte tu ubicación.",
    "fr": "Merci de nous envoyer l'adresse de livraison : écrivez-la ici ou partagez votre position.",
    "de": "Bitte senden Sie uns die Lieferadresse: Schreiben Sie sie hier oder teilen Sie Ihren Standort.",
    "it": "Inviaci per favore l'indirizzo di consegna: scrivilo qui o condividi la tua posizione.",
    "id": "Mohon kirimkan alamat pengiriman: tulis di sini atau bagikan lokasi Anda.",
    "ar": "يرجى إرسال عنوان التوصيل: اكتبه هنا أو شارك موقعك.",
}


def for_address(languages: list[str]) -> str:
    """The request for an address in the first of these languages that is known, else in English."""
    known = (_ADDRESS.get(code.partition("_")[0]) for code in languages)
    return next(filter(None, known), _ADDRESS["en"])
