"""What a CRM's record means here, and what happens here means there: the mapping file and its rules. Pure."""
