"""The pretend gateway: moves no money, keeps its own append-only ledger apart from the portal's tables."""
