"""Where the general lane cannot take a case of the suite as it comes: the test, and what the lane is told.

Each line has its reason. Shorter is better.
"""

GENERAL: dict[str, dict[str, object]] = {
    # By default it offers HTTP/2 as well, which is what it is for.
    "test_name_is_sent_and_http_1_is_all_that_is_offered": {"http2": False},
}
