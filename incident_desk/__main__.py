"""`python -m incident_desk` is the command `incident-desk`."""

import sys

from incident_desk import main

sys.exit(main())
