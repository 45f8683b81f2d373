"""From a step to a message: composed and frozen, claimed once, handed over, settled."""
