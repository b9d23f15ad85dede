"""The Hyperline dialect, `/v1`: a client written for that API works by changing its base address and key."""
