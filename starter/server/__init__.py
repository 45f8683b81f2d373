"""The processes that stay: hooks, incoming mail, the outbox, the watchers' wake-up."""
