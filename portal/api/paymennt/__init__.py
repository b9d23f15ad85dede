"""The Paymennt dialect, `/mer/v2.0`: a client written for that API works by changing its base address and keys."""
