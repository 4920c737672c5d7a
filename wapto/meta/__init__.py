"""WhatsApp Cloud API: client, webhook signature and parsing, error codes."""
