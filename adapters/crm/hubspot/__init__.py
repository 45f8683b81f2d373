"""HubSpot, by its CRM API v3 and v4 (https://github.com/HubSpot/HubSpot-public-api-spec-collection)."""
