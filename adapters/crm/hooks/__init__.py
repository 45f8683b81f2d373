"""Any CRM that speaks the contract of docs/crm.md: signed writes out, changes in by our hook or by its own list."""
