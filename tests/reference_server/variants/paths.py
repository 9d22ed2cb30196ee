"""Correct servers that treat unusual paths in a way of their own."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import quote, unquote

from reference_server.catalogue import variant
from reference_server.records import Call, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Request, Response


@variant()
class IgnoresPathCase(CaseService):
    """Express: routes are case-insensitive, and a trailing slash is optional."""

    def route(self, request: Request) -> Call:
        path, mark, query = request.target.partition("?")
        parts = path.split("/")
        fixed = [part.lower() if part.lower() in ("case", "transition") else part for part in parts]
        return super().route(
            Request(request.method, "/".join(fixed) + mark + query, request.headers, request.body)
        )


@variant()
class RedirectsUpperCase(CaseService):
    """A front server redirects paths with capitals to lower case."""

    def perform(self, request: Request) -> Response:
        path, mark, query = request.target.partition("?")
        plain = re.sub(r"%[0-9A-F]{2}", "", path)
        if plain != plain.lower():
            return Response(301, headers={"Location": path.lower() + mark + query})
        return super().perform(request)


@variant()
class RedirectsDecodedPaths(CaseService):
    """Go's ServeMux: a path whose decoded form has dot segments is redirected."""

    def perform(self, request: Request) -> Response:
        path = request.target.partition("?")[0]
        segments = unquote(path, errors="replace").split("/")
        if {".", ".."} & set(segments):
            return Response(301, headers={"Location": quote(posixpath.normpath("/".join(segments)))})
        return super().perform(request)


@variant()
class RedirectsToAbsoluteUrl(CaseService):
    """Starlette: a trailing slash is redirected to an absolute URL."""

    def perform(self, request: Request) -> Response:
        path = request.target.partition("?")[0]
        if path.endswith("/") and path != "/":
            host = request.headers.get("host", "reference.invalid")
            return Response(308, headers={"Location": f"http://{host}{path.rstrip('/')}"})
        return super().perform(request)


@variant()
class LimitsPathLength(CaseService):
    """Fastify: 414 for a path segment over 100 characters."""

    def perform(self, request: Request) -> Response:
        if any(len(unquote(part)) > 100 for part in request.target.split("/")):
            raise Refusal(414, "URI Too Long")
        return super().perform(request)


@variant()
class NormalizesPaths(CaseService):
    """The router redirects encoded dot segments and capital letters in paths, before authentication."""

    def perform(self, request: Request) -> Response:
        path, _, query = request.target.partition("?")
        decoded = unquote(path).lower()
        normal = posixpath.normpath(decoded)
        if path.isascii() and (decoded != unquote(path) or normal != decoded.rstrip("/")):
            return Response(301, b"", {"Location": quote(normal) + (f"?{query}" if query else "")})
        return super().perform(request)


@variant()
class CleansPaths(CaseService):
    """The router redirects paths with dots or empty segments, before authentication."""

    def perform(self, request: Request) -> Response:
        path = request.target.partition("?")[0]
        clean = re.sub("^//", "/", posixpath.normpath(path)) + "/" * (path.endswith("/") and path != "/")
        if clean != path:
            return Response(301, headers={"Location": clean})
        return super().perform(request)


@variant()
class DropsSlashes(CaseService):
    """The router redirects paths with a trailing slash."""

    def perform(self, request: Request) -> Response:
        path, mark, query = request.target.partition("?")
        if path.endswith("/") and path != "/":
            return Response(307, headers={"Location": path.rstrip("/") + mark + query})
        return super().perform(request)


@variant()
class AnotherSiteForAnotherHost(CaseService):
    """Caddy: a request for a host that is not configured gets an empty 200."""

    def perform(self, request: Request) -> Response:
        if request.headers.get("host") == "localhost":
            return Response(200)
        return super().perform(request)


@variant()
class PageForUnknownPaths(CaseService):
    """A web application in front of the API: every path outside the API shows its page."""

    def perform(self, request: Request) -> Response:
        if not re.match(r"/(?:case|auth)(?:[/?]|$)", request.target):
            return Response(200, headers={"Content-Type": "text/html"}, body=b"<!doctype html><p>Cases")
        return super().perform(request)
