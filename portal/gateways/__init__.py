"""Gateways: adapters to payment providers behind one protocol; the sandbox ships with the product."""
