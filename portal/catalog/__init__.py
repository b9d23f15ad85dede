"""The catalog: what a merchant offers, apart from any one subscription."""
