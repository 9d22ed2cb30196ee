"""`python -m mock_server` and the command `caseiq-mock`."""

import sys

from mock_server.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
