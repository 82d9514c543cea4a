"""Names every parser in the order they are asked: the most distinctive first, the most general last."""

from logrouter.stages.parsers import (
    alb,
    api_gateway,
    api_gateway_execution,
    canonical,
    dotnet_json,
    dotnet_text,
    ecs_events,
    elastic,
    envoy,
    gelf,
    generic_json,
    go_json,
    go_text,
    google_json,
    java_json,
    java_text,
    kubernetes,
    lambda_json,
    lambda_platform,
    lambda_telemetry,
    lambda_text,
    logfmt,
    loguru,
    monolog,
    mysql,
    nestjs,
    node_text,
    opentelemetry,
    php_text,
    pino,
    plain_level,
    postgresql,
    powertools,
    process_end,
    python_json,
    python_text,
    ruby_text,
    rust_json,
    rust_text,
    structlog,
    tslog,
    web_server,
    winston,
)
from logrouter.stages.reading.parser import JsonParser, TextParser

JSON_PARSERS: tuple[JsonParser, ...] = (
    lambda_telemetry.JSON,
    winston.LOGSTASH,
    elastic.JSON,
    ecs_events.JSON,
    kubernetes.EVENT,
    kubernetes.AUDIT,
    alb.JSON,
    envoy.JSON,
    powertools.JSON,
    tslog.JSON,
    pino.JSON,
    loguru.JSON,
    java_json.LOG4J2,
    java_json.LOGBACK,
    dotnet_json.JSON,
    postgresql.JSON,
    monolog.JSON,
    gelf.JSON,
    google_json.JSON,
    opentelemetry.JSON,
    go_json.JSON,
    rust_json.JSON,
    canonical.JSON,
    lambda_json.JSON,
    nestjs.JSON,
    winston.JSON,
    structlog.JSON,
    python_json.JSON,
    web_server.JSON,
    api_gateway.JSON,
    generic_json.JSON,
)
"""The last one takes any object."""

TEXT_PARSERS: tuple[TextParser, ...] = (
    lambda_platform.TEXT,
    lambda_text.TEXT,
    nestjs.TEXT,
    node_text.TEXT,
    dotnet_text.TEXT,
    alb.TEXT,
    envoy.TEXT,
    api_gateway.TEXT,
    api_gateway_execution.TEXT,
    postgresql.TEXT,
    mysql.TEXT,
    web_server.TEXT,
    process_end.TEXT,
    pino.TEXT,
    loguru.TEXT,
    monolog.TEXT,
    python_text.TEXT,
    java_text.TEXT,
    rust_text.TEXT,
    go_text.TEXT,
    ruby_text.TEXT,
    php_text.TEXT,
    winston.TEXT,
    logfmt.TEXT,
    plain_level.TEXT,
)
"""What none of these takes is plain text."""


def by_first_character(
    parsers: tuple[TextParser, ...],
) -> tuple[dict[str, tuple[TextParser, ...]], tuple[TextParser, ...]]:
    """Sort text parsers by the characters their lines begin with; second, those for every other character."""
    general = tuple(parser for parser in parsers if not parser.starts)
    characters = {character for parser in parsers for character in parser.starts}
    table = {
        character: tuple(parser for parser in parsers if not parser.starts or character in parser.starts)
        for character in characters
    }
    return table, general
