"""A CRM: reading what changed in it, writing what happened here, and how both are getting on."""
