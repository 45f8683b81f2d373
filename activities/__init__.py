"""Everything that touches the world, as methods on small classes that are given their ports."""
