"""Journal entries of a mock with unusual secrets."""

from typing import Any

from mock_server import Auth, Mock, Request, Settings

SECRET = 's3cr"et/\\tok+en%&='
AUTH = Auth(token=SECRET, client_secrets=("other-key", "third-key"))
CONTROL_TOKEN = "ctl-token"


def journalled(request: Request, **how: Any) -> dict[str, Any]:
    """Return the entry of one request."""
    mock = Mock(Settings(auth=AUTH), control_token=CONTROL_TOKEN, **how)
    mock.handle(request)
    (exchange,) = mock.journal.read()
    return exchange
