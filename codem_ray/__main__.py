"""Make `python -m codem_ray` run the command `codem-ray`."""

import sys

from codem_ray.cli.main import main

sys.exit(main())
