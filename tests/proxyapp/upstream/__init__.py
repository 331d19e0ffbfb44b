"""The conformance suite every lane must pass (``test_lane_*``), and what belongs to the fast lane alone."""
