"""The customer's own pages beside the main one: the ways out, papers, choices, proofs, and somebody else who pays."""
