"""The smsway provider `vonage`: texts through the SMS API of Vonage, formerly Nexmo."""
