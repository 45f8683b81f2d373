"""An older commit and this tree, alternately, on the same servers: ``python -m benchmarks.against COMMIT``."""
