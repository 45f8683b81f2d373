"""The console: pages in which recruiters, leads and admins work. docs/console.md is their manual."""
