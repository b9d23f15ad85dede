"""Papers: the invoice and the receipt in words, and both as a PDF."""
