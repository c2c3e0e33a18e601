"""``python -m swifttrace``."""

from swifttrace.cli.main import main

if __name__ == "__main__":
    main()
