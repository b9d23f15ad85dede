"""Webhooks: what merchants are told, signed and sent to addresses outside, never to ones inside."""
