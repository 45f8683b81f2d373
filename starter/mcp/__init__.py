"""Tools for assistants by the Model Context Protocol: they read, draft and judge, by the HTTP API and nothing else."""
