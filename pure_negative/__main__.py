"""`python -m pure_negative`."""

import sys

from pure_negative.cli.main import main

sys.exit(main())
