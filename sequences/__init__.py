"""The domain. Pure: no I/O, no clock, no randomness, no Temporal, asyncpg or Flair. Values in, values out."""
