"""The smsway provider `twilio`: texts through Twilio Programmable Messaging."""
