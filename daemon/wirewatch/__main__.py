"""`python -m wirewatch` is the command `wirewatch`."""

from wirewatch.cli.main import main

if __name__ == "__main__":  # parser children import this module under another name
    main()
