"""WhatsApp messages: what is handed to Twilio, and what their templates must look like."""
