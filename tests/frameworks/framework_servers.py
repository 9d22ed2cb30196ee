"""The servers on real frameworks, and the requirements that each really breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Server:
    """A server, its packages, and the requirements that it really breaks, each with the reason.

    `races`: requirements whose failure depends on timing.
    """

    file: str
    packages: tuple[str, ...]
    store: str
    breaks: Mapping[str, str] = field(default_factory=dict)
    races: Mapping[str, str] = field(default_factory=dict)


SERVERS = (
    Server(
        "fastapi_server.py",
        ("fastapi", "multipart", "sqlalchemy"),
        "postgresql",
        breaks={
            "METHOD-ALLOW": "Starlette lists only the methods of the first matching route",
            "NO-SERVER-ERROR": "the token endpoint parses an empty body without handling the error",
            "HOSTILE-INPUT": "PostgreSQL rejects NUL in jsonb, and Python's parser fails on deep nesting",
            "TOKEN-TTL": "float() converts true to 1",
        },
    ),
    Server(
        "drf_server.py",
        ("django", "rest_framework", "gunicorn"),
        "postgresql",
        breaks={
            "CREATE-STORES": "Django takes a chunked body for an empty one",
            "UPDATE-VISIBLE": "Django takes a chunked body for an empty one",
            "HOSTILE-INPUT": "PostgreSQL rejects NUL in jsonb, and Python's parser fails on deep nesting",
            "JSON-ONLY-ERRORS": "Django responds to unknown paths with HTML",
            "TOKEN-TTL": "FloatField converts true to 1",
        },
        races={
            "PARALLEL-PATCH": "read, change and write without a lock",
            "PARALLEL-TRANSITION": "read, change and write without a lock",
            "LINEARIZABLE": "read, change and write without a lock",
        },
    ),
    Server(
        "ninja_server.py",
        ("django", "ninja", "gunicorn", "pymysql"),
        "mariadb",
        breaks={
            "AUTH-CHALLENGE": "Django Ninja sends no WWW-Authenticate",
            "AUTH-INVALID": "MariaDB's default collation ignores the case of tokens",
            "HOSTILE-INPUT": "Python's JSON parser fails on deep nesting",
            "JSON-ONLY-ERRORS": "Django responds to unknown paths with HTML",
            "MEDIA-TYPE": "Django Ninja parses a body as JSON whatever its media type is",
            "NO-SERVER-ERROR": "MariaDB's JSON functions accept at most 31 levels",
        },
    ),
    Server(
        "litestar_server.py",
        ("litestar", "multipart"),
        "sqlite",
        breaks={
            "HOSTILE-INPUT": "the token endpoint parses a malformed body without handling the error",
            "MEDIA-TYPE": "Litestar parses a body as JSON whatever its media type is",
            "NO-SERVER-ERROR": "the token endpoint parses an empty body without handling the error",
        },
    ),
    Server(
        "flask_server.py",
        ("flask",),
        "sqlite",
        breaks={
            "HOSTILE-INPUT": "Python's JSON parser fails on deep nesting",
            "TOKEN-TTL": "int() converts true to 1",
        },
    ),
    Server(
        "aiohttp_server.py",
        ("aiohttp", "psycopg_pool"),
        "postgresql",
        breaks={
            "HOSTILE-INPUT": "Python's JSON parser fails on deep nesting, and PostgreSQL rejects NUL in text"
        },
    ),
    Server(
        "falcon_server.py",
        ("falcon", "aiosqlite"),
        "sqlite",
        breaks={
            "HOSTILE-INPUT": "Python's JSON parser fails on deep nesting",
            "MEDIA-TYPE-CASE": "Falcon compares media types with regard to case",
            "TOKEN-TTL": "float() converts true to 1",
        },
    ),
    Server(
        "express_server.js",
        ("express", "pg"),
        "postgresql",
        breaks={"HOSTILE-INPUT": "PostgreSQL rejects NUL in jsonb"},
    ),
    Server("fastify_server.js", ("fastify", "better-sqlite3"), "sqlite"),
    Server(
        "koa_server.js",
        ("koa", "@koa/router", "koa-bodyparser"),
        "folder",
        breaks={"HOSTILE-INPUT": "a body that is not the gzip it claims to be is an unhandled error"},
        races={
            "NO-SERVER-ERROR": "a file is read while it is half written",
            "PARALLEL-PATCH": "read, change and write without a lock",
            "PARALLEL-PUT": "a file is read while it is half written",
            "PARALLEL-TRANSITION": "read, change and write without a lock",
            "LINEARIZABLE": "read, change and write without a lock",
        },
    ),
    Server(
        "hono_server.js",
        ("hono", "@hono/node-server", "redis"),
        "redis",
        breaks={"JSON-ONLY-ERRORS": "Hono's bearerAuth responds with text/plain"},
        races={
            "PARALLEL-PATCH": "read, change and write without a lock",
            "PARALLEL-TRANSITION": "read, change and write without a lock",
            "LINEARIZABLE": "read, change and write without a lock",
        },
    ),
    Server(
        "tornado_server.py",
        ("tornado",),
        "sqlite",
        breaks={
            "AUTH-CHALLENGE": "Tornado clears the headers that were set before an error",
            "HOSTILE-INPUT": "Python's JSON parser fails on deep nesting",
            "METHOD-ALLOW": "Tornado sends 405 without Allow",
            "TOKEN-BAD-CLIENT": "Tornado strips blanks around the values of a form",
            "TOKEN-TTL": "float() converts true to 1",
        },
    ),
    Server(
        "bottle_server.py",
        ("bottle", "waitress"),
        "sqlite",
        breaks={
            "HOSTILE-INPUT": "the token endpoint decodes a malformed form without handling the error",
            "JSON-ONLY-ERRORS": "Bottle's own errors are HTML",
            "TOKEN-TTL": "float() converts true to 1",
        },
    ),
    Server(
        "go_server.go",
        (),
        "folder",
        breaks={"JSON-ONLY-ERRORS": "net/http rejects a malformed path with text/plain"},
    ),
    Server(
        "hapi_server.js",
        ("@hapi/hapi", "pg"),
        "postgresql",
        breaks={"HOSTILE-INPUT": "PostgreSQL rejects NUL in text"},
    ),
    Server(
        "sinatra_server.rb",
        ("sinatra/base", "sqlite3", "puma"),
        "sqlite",
        breaks={
            "HOSTILE-INPUT": "text that is not UTF-8 is an unhandled error",
            "JSON-ONLY-ERRORS": "Rack rejects malformed parameters with HTML",
            "MEDIA-TYPE": "the body is parsed whatever its media type is",
        },
    ),
    Server(
        "sanic_server.py",
        ("sanic",),
        "memory",
        breaks={
            "HOSTILE-INPUT": "Python's JSON parser accepts Infinity",
            "METHOD-ALLOW": "Sanic sends an empty Allow",
            "TOKEN-TTL": "float() converts true to 1",
        },
    ),
    Server(
        "restify_server.js",
        ("restify", "restify-errors"),
        "memory",
        breaks={
            "NO-SERVER-ERROR": "a body that is not the gzip it claims to be ends the process",
            "TOKEN-TTL": "Number() converts true to 1",
            "TRANSITION-STATUS-KNOWN": "an object used as a table has a member toString",
        },
    ),
    Server(
        "nest_server.ts",
        ("@nestjs/core", "@nestjs/platform-express", "better-sqlite3", "ts-node"),
        "sqlite",
        breaks={"TOKEN-TTL": "Number() converts true to 1"},
    ),
    Server(
        "java_server.java",
        ("jackson-annotations", "jackson-core", "jackson-databind"),
        "memory",
        breaks={
            "HOSTILE-INPUT": "the Content-Type ; is an unhandled error",
            "JSON-ONLY-ERRORS": "the JDK's server rejects a malformed path with HTML",
        },
    ),
    Server(
        "php_server.php",
        ("pdo_sqlite",),
        "sqlite",
        breaks={
            "HOSTILE-INPUT": "a number beyond a double cannot be encoded",
            "TOKEN-TTL": "filter_var() converts true to 1",
        },
    ),
    Server(
        "mojolicious_server.pl",
        ("Mojolicious", "DBD::SQLite"),
        "sqlite",
        breaks={"HOSTILE-INPUT": "Perl writes a lone surrogate as bytes that are not UTF-8"},
        races={
            "NO-SERVER-ERROR": "Mojo::JSON needs up to minutes for 50,000 nested arrays, in the only process"
        },
    ),
    Server(
        "connexion_server.py",
        ("connexion", "uvicorn"),
        "sqlite",
        breaks={
            "AUTH-CHALLENGE": "Connexion sends no WWW-Authenticate",
            "MEDIA-TYPE-CASE": "Connexion compares media types with regard to case, and the error is not handled",
            "METHOD-ALLOW": "Starlette lists only the methods of the first matching route",
            "NO-SERVER-ERROR": "a path with two slashes at the start is an unhandled error",
            "TOKEN-BAD-GRANT": "Connexion validates a token request by the document, and responds with 400",
            "TOKEN-TTL": "Connexion's own errors have no member error",
        },
    ),
    Server(
        "feathers_server.js",
        ("@feathersjs/feathers", "@feathersjs/express", "@feathersjs/knex", "better-sqlite3"),
        "sqlite",
        breaks={
            "AUTH-REQUIRED": "Feathers finds a service by //case, and Express no middleware",
            "METHOD-ALLOW": "Feathers sends 405 without Allow",
            "METHOD-UNKNOWN": "Feathers takes a POST to a case for a create",
            "NO-SERVER-ERROR": "Feathers responds to malformed JSON with 500",
        },
        races={
            "LINEARIZABLE": "read, change and write without a lock",
            "PARALLEL-PATCH": "read, change and write without a lock",
            "PARALLEL-TRANSITION": "read, change and write without a lock",
        },
    ),
    Server(
        "sequelize_server.js",
        ("express", "sequelize", "mariadb"),
        "mariadb",
        breaks={
            "AUTH-INVALID": "MariaDB's default collation ignores the case of tokens",
            "NO-SERVER-ERROR": "MariaDB's JSON functions accept at most 31 levels",
        },
        races={
            "LINEARIZABLE": "read, change and write without a lock",
            "PARALLEL-PATCH": "read, change and write without a lock",
            "PARALLEL-TRANSITION": "read, change and write without a lock",
        },
    ),
    Server(
        "polka_server.js",
        ("polka",),
        "memory",
        breaks={"ROUND-TRIP-TEXT": "a letter of several bytes is lost where a chunk of the body ends"},
    ),
)
