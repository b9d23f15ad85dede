"""The merchants' door: thin dialects over one domain; what they share lies beside them."""
