"""What a browser may load and do on our pages: nothing from elsewhere, nothing inline."""

from collections.abc import Mapping
from typing import Final

CONTENT_SECURITY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Bootstrap's own CSS draws its arrows from data
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Statement texts are nobody's business on a shared machine; nor may a page's JSON come back as the page.
    "Cache-Control": "no-store",
    "Vary": "Accept",
}
