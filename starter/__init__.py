"""The ways in: CLI, HTTP hooks, inbound mail, the dispatcher, and the embedded local stack."""
