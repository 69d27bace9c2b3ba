"""`python -m codem_ray` is `codem-ray`."""

import sys

from codem_ray.cli.main import main

sys.exit(main())
