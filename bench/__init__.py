"""Benchmarks: ours against hand-written limits and peers, side by side in one run; `make bench`."""
