"""`python -m smsway.cli` is the command `smsway`."""

from smsway.cli import main

main()
