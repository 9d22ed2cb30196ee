"""The exchanges that reproduce a failure, as a list of curl lines, requests and responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from contract_tests.report.document import ExchangeEntry
from contract_tests.report.html.text import visible

SHOWN_CHARACTERS: Final = 6000

_REPRODUCTION: Final = Markup("""<details class="reproduction"><summary>Reproduction: {count}</summary>{gap}
<ol>{exchanges}</ol></details>""")
_GAP: Final = Markup('<p class="note">{} requests in the middle are left out.</p>')
_EXCHANGE: Final = Markup("""<li><details{open}><summary><span class="method">{method}</span>
<span class="url">{url}</span><span class="status s{hundred}">{status}</span>
<span class="time">{milliseconds} ms</span></summary>
<div class="curl"><pre>{curl}</pre></div>
<div class="pair"><div><h4>Request</h4><pre>{request}</pre></div><div><h4>Response</h4><pre>{response}</pre></div></div>
</details></li>""")
_HEADER: Final = Markup('<span class="name">{}:</span> {}')
_MESSAGE: Final = Markup("<b>{}</b>\n{}\n\n{}{}")


def reproduction(exchanges: Sequence[ExchangeEntry], left_out: int, target: str) -> Markup:
    """Return the exchanges as a list; nothing if there are none."""
    if not exchanges:
        return Markup()
    items = [_item(one, target, is_open=one is exchanges[-1]) for one in exchanges]
    return _REPRODUCTION.format(
        count=f"{len(exchanges)} request{'' if len(exchanges) == 1 else 's'}",
        gap=_GAP.format(left_out) if left_out else "",
        exchanges=Markup().join(items),
    )


def _item(exchange: ExchangeEntry, target: str, *, is_open: bool) -> Markup:
    path = exchange["url"].removeprefix(target.rstrip("/")) or "/"
    status_line = f"{exchange['status']} {exchange['reason']}".rstrip()
    if not exchange["status"]:
        status_line = exchange["response"]
    return _EXCHANGE.format(
        open=Markup(" open") if is_open else "",
        method=exchange["method"],
        url=visible(path),
        hundred=exchange["status"] // 100,
        status=visible(status_line if exchange["status"] else "no response"),
        milliseconds=f"{exchange['elapsed'] * 1000:.0f}",
        curl=visible(exchange["curl"]),
        request=_message(
            f"{exchange['method']} {exchange['url']}", exchange["request_headers"], exchange["request_body"]
        ),
        response=_message(status_line, exchange["response_headers"], exchange["response_body"]),
    )


def _message(first_line: str, headers: Mapping[str, str], body: str) -> Markup:
    """Return a message as HTTP writes it: first line, headers, an empty line, the body."""
    left = len(body) - SHOWN_CHARACTERS
    cut = f"\n… {left:,} more characters in conformance.json" if left > 0 else ""
    lines = Markup("\n").join(
        _HEADER.format(visible(name), visible(value)) for name, value in headers.items()
    )
    return _MESSAGE.format(visible(first_line), lines, visible(body[:SHOWN_CHARACTERS]), cut)
