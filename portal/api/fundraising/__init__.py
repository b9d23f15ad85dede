"""The OnlineFundraising dialect, `/fundraising`: a client written for it works by changing its address and key."""
