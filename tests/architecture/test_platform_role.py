"""The platform role sees every tenant: only these modules may use it."""

from tests.architecture.source import modules, name

ALLOWED = (
    "portal/kit/",
    "portal/keys/publish.py",
    "portal/catalogue/",
    "portal/notifications/delivery.py",
    "proxyapp/media/work.py",
    "proxyapp/media/postings.py",
    "billing/usage/",
    "billing/ledger/",
    "billing/charges/",
    "billing/tasks.py",
    "billing/rebuild.py",
    "billing/reconcile.py",
    "billing/management/",
)
MARKS = (".platform", '"platform"')


def test_it_works() -> None:
    assert any(".platform" in path.read_text() for path in modules())


def test_no_other_module_uses_it() -> None:
    users = [name(path) for path in modules() if any(mark in path.read_text() for mark in MARKS)]
    assert not [
        user
        for user in users
        if not user.startswith(ALLOWED) and not user.endswith("models.py") and user != "portal/settings.py"
    ]
