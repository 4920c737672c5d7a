"""The statuses in the words of customers, by language: what the variable order.status says."""

# Every row names all statuses, in the order of the lifecycle.
_SLUGS = (
    "received", "pending", "confirmed", "processing", "shipped",
    "out_for_delivery", "ready_for_pickup", "delivered", "cancelled", "returned",
)  # fmt: skip
_WORDS = {
    "en": (
        "Received", "Pending", "Confirmed", "Processing", "Shipped",
        "Out for delivery", "Ready for pickup", "Delivered", "Cancelled", "Returned",
    ),
    "es": (
        "Recibido", "Pendiente", "Confirmado", "En preparación", "Enviado",
        "En reparto", "Listo para recoger", "Entregado", "Cancelado", "Devuelto",
    ),
    "pt": (
        "Recebido", "Pendente", "Confirmado", "Em preparação", "Enviado",
        "Saiu para entrega", "Pronto para retirada", "Entregue", "Cancelado", "Devolvido",
    ),
    "hi": (
        "प्राप्त", "लंबित", "पुष्टि हो गई", "तैयार हो रहा है", "भेज दिया गया",
        "डिलीवरी के लिए निकला", "पिकअप के लिए तैयार", "डिलीवर हो गया", "रद्द", "वापस किया गया",
    ),
    "ar": (
        "تم الاستلام", "قيد الانتظار", "تم التأكيد", "قيد التجهيز", "تم الشحن",
        "خرج للتوصيل", "جاهز للاستلام", "تم التوصيل", "ملغى", "تم الإرجاع",
    ),
    "id": (
        "Diterima", "Menunggu", "Dikonfirmasi", "Diproses", "Dikirim",
        "Sedang diantar", "Siap diambil", "Terkirim", "Dibatalkan", "Dikembalikan",
    ),
    "fr": (
        "Reçue", "En attente", "Confirmée", "En préparation", "Expédiée",
        "En cours de livraison", "Prête à être retirée", "Livrée", "Annulée", "Retournée",
    ),
    "de": (
        "Eingegangen", "Ausstehend", "Bestätigt", "In Bearbeitung", "Versandt",
        "In Zustellung", "Abholbereit", "Zugestellt", "Storniert", "Zurückgegeben",
    ),
}  # fmt: skip

STATUS_LABELS = {language: dict(zip(_SLUGS, words, strict=True)) for language, words in _WORDS.items()}
"""Language without region → status slug → label."""
