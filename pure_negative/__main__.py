"""`python -m pure_negative`."""

import sys

from pure_negative.cli import main

sys.exit(main())
