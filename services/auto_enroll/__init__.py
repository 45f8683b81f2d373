"""Auto-enrollment: who enters by rule, when somebody looks, what waits, and who hears of it."""
