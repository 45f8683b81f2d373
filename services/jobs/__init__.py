"""Background work that somebody asked for, and that goes on without their page: asked for, carried out, looked at."""
