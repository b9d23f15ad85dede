"""The customer's pages behind a payment link: what they show, in which words, and how they stay up to date."""
