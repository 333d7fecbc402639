"""`python -m smsway` is the command `smsway`."""

from smsway.cli import main

if __name__ == "__main__":
    main()
