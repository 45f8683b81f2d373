"""The mirror of the CRM: what hooks and files tell us, checked and written."""
