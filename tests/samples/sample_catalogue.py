"""Which samples there are: which program of `programs/` writes each, in which runtime (see `sample_runtimes`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Group:
    """Samples that one program writes.

    Args:
        runtime: name of a runtime of `sample_runtimes`.
        sample: path of the file below tests/samples/, `{kind}` in it.
        kinds: words, each of which makes a sample.
        arguments: what stands behind the runtime's command, `{kind}` in it.
        packages: what else the versions are noted of: `python:`, `npm:` or `debian:` and names; by kind, or `*`.
        environment: variables.
        asks: paths that are asked for on port 18480 while the program serves; then it is ended.
    """

    runtime: str
    sample: str
    kinds: str
    arguments: tuple[str, ...] = ("{kind}",)
    packages: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    asks: tuple[str, ...] = ()


ASKS = ("GET /orders/17", "GET /missing")
PYTHON = (
    "simple no_message multi_line_message cause context three repeated syntax library multi_line_source"
    " suppressed_context multi_line_chain recursion_through_two generated comprehension indentation imported"
    " key_with_newline keyboard thread never_retrieved callback pool unraisable logged printed printed_stack fault"
)
PYTHON_3_11 = "notes group nested_group group_with_notes group_with_cause wide_group task_group"
PYTHON_SOME = "simple cause three syntax multi_line_source library never_retrieved"
"""What is worth a sample of the versions between."""

NODE = (
    "uncaught printed prefixed stack cause async_frames rejection rejected_value aggregate internal evaluated anonymous"
    " method multi_line_message syntax three_causes text_cause object_cause cycle own_properties inside_object"
    " two_errors uncaught_cause uncaught_aggregate uncaught_text uncaught_object uncaught_async rejected_undefined"
    " warned_rejection handled_exception timer emitter promise_all getter generator overflow made_function json"
    " missing_module broken_module assertion no_stack no_message trace warning worker net fetch dom_exception installed"
    " symbol_name coloured"
)
ESM = "uncaught printed file top_level_await all_settled missing_import missing_name missing_package"
JAVA = (
    "uncaught printed cause deep suppressed lambda native multi_line no_message thread collection circular blank_lines"
    " suppressed_cause initializer overflow memory future executor stream anonymous constructor proxy null_pointer cast"
    " to_string text no_class sql"
)
GO = (
    "error_value nil_pointer divide index text again goroutine deadlock struct stringer error_pointer number closure"
    " deferred recovered repanicked map_writes overflow nil_map assertion closed slice log_panic exit stack"
)
GO_NEW = "error_value nil_pointer goroutine deadlock deferred recovered repanicked closure overflow again stack"
DOTNET = (
    "uncaught cause deep logged async wait all lambda query local operator rethrown captured aggregate thread initializer"
    " described null_reference file parse fail_fast overflow stack"
)
MONO = "uncaught cause deep logged async all lambda aggregate thread initializer described"
RUBY = (
    "simple cause library block multi_line no_method three_causes module frozen missing syntax name thread recursion"
    " full_message detailed abort warning"
)
RUBY_NEW = "simple cause library block multi_line no_method three_causes module frozen name"
RUST = (
    "message divide unwrap thread backtrace full closure expect index assert option overflow returned twice refcell todo"
    " unreachable stack_overflow"
)
PHP = (
    "uncaught cause deep closure fatal type arguments match enum generator magic memory time recursion parse include"
    " anonymous finally handler message user_error user_warning assert warning logged"
)

TRACES = (
    Group("python3.9", "traces/python/{kind}-3.9.txt", PYTHON),
    Group("python3.10", "traces/python/{kind}-3.10.txt", PYTHON_SOME),
    Group("python3.11", "traces/python/{kind}-3.11.txt", f"{PYTHON} {PYTHON_3_11}"),
    Group("python3.12", "traces/python/{kind}-3.12.txt", f"{PYTHON_SOME} group notes"),
    Group("python3.13", "traces/python/{kind}-3.13.txt", f"{PYTHON} {PYTHON_3_11}"),
    Group("node", "traces/node/{kind}.txt", NODE, ("failing.js", "{kind}")),
    Group("node", "traces/node/esm-{kind}.txt", ESM, ("failing.mjs", "{kind}")),
    Group("tsx", "traces/node/tsx-{kind}.txt", "uncaught cause printed"),
    Group("ts_node", "traces/node/ts_node-{kind}.txt", "uncaught cause printed"),
    Group("source_map", "traces/node/source_map-{kind}.txt", "uncaught cause printed"),
    Group("java", "traces/java/{kind}.txt", JAVA, ("Failing", "{kind}")),
    Group(
        "java", "traces/java/{kind}.txt", "hidden_frames",
        ("-XX:+UnlockDiagnosticVMOptions", "-XX:+ShowHiddenFrames", "Failing", "lambda"),
    ),
    Group("java-module", "traces/java/{kind}.txt", "module", ("shop/com.shop.Modular",)),
    Group(
        "java-new", "traces/java/{kind}-25.txt", "uncaught deep suppressed lambda native thread initializer proxy",
        ("Failing", "{kind}"),
    ),
    Group("java-new", "traces/java/{kind}-25.txt", "virtual_thread", ("VirtualThread",)),
    Group(
        "kotlin", "traces/java/kotlin-{kind}.txt", "uncaught cause lambda inline null lateinit require",
        ("com.shop.FailingKt", "{kind}"),
    ),
    Group("go", "traces/go/{kind}.txt", GO),
    Group("go", "traces/go/{kind}.txt", "all", ("goroutine",), environment={"GOTRACEBACK": "all"}),
    Group("go-new", "traces/go/{kind}-1.27.txt", GO_NEW),
    Group("go-wrapped", "traces/go/wrapped-{kind}.txt", "wrapped new plain panic", packages={"*": "debian:golang-github-pkg-errors-dev"}),
    Group("go-server", "traces/go/{kind}.txt", "server", ()),
    Group("go-new-server", "traces/go/{kind}-1.27.txt", "server", ()),
    Group("dotnet", "traces/dotnet/{kind}.txt", DOTNET),
    Group("mono", "traces/dotnet/mono-{kind}.txt", MONO),
    Group("ruby", "traces/ruby/{kind}.txt", RUBY, ("failing.rb", "{kind}")),
    Group("ruby3.4", "traces/ruby/{kind}-3.4.txt", RUBY_NEW),
    Group("php", "traces/php/{kind}.txt", PHP, ("failing.php", "{kind}")),
    Group("rust", "traces/rust/{kind}.txt", RUST),
    Group("rust-loggers", "traces/rust/{kind}.txt", "anyhow", ("returned",)),
    Group("rust-loggers", "traces/rust/{kind}.txt", "anyhow_backtrace", ("returned",), environment={"RUST_BACKTRACE": "1"}),
)  # fmt: skip

PYTHON_LOGGERS = {
    "bracketed basic asctime dashed with_place default captured_warning warning failed_call asyncio_debug": "",
    "json_logger json_logger_renamed": "python-json-logger",
    "structlog_text structlog_dicts structlog_console structlog_logfmt structlog_stdlib"
    " structlog_console_error": "structlog",
    "loguru_json loguru_text loguru_diagnose loguru_coloured loguru_extra": "loguru",
    "powertools": "aws-lambda-powertools",
    "ecs": "ecs-logging",
    "ecs_structlog": "ecs-logging structlog",
    "logfmter": "logfmter",
    "json_log_formatter": "JSON-log-formatter",
    "google": "google-cloud-logging",
    "opentelemetry": "opentelemetry-sdk",
    "rich rich_tracebacks": "rich",
    "colorlog": "colorlog",
    "coloredlogs": "coloredlogs",
    "query": "SQLAlchemy",
}
NODE_LOGGERS = {
    "pino pino_named_levels pino_error_key": "pino",
    "pino_http": "pino pino-http",
    "pino_pretty pino_pretty_line": "pino pino-pretty",
    "winston winston_simple winston_printf winston_cli winston_pretty winston_exceptions winston_logstash": "winston",
    "bunyan": "bunyan",
    "log4js log4js_pattern": "log4js",
    "tslog tslog_pretty": "tslog",
    "tslog4": "tslog4",
    "roarr": "roarr",
    "signale": "signale",
    "consola": "consola",
    "console": "",
    "nest_json nest_text nest_exception": "@nestjs/common",
    "powertools": "@aws-lambda-powertools/logger",
}
GO_PACKAGES = {
    "logrus": "debian:golang-github-sirupsen-logrus-dev",
    "zap": "debian:golang-go.uber-zap-dev",
    "zerolog": "debian:golang-github-rs-zerolog-dev",
}
LAMBDA = (
    ("python", "", "lambda_function.handler -- logged extra printed uncaught caused no_message group not_serialisable"),
    ("python", "-import", "lambda_broken.handler -- logged"),
    ("node", "", "lambda_function.handler -- logged printed uncaught caused text aggregate rejected"),
    ("node", "-late", "lambda_function.handler -- thrown_later"),
)
LAMBDA_PACKAGES = {"python": "python:awslambdaric", "node": "npm:aws-lambda-ric"}
LOG_FORMATS: Mapping[str, Mapping[str, str]] = {
    "text": {},
    "json": {"AWS_LAMBDA_LOG_FORMAT": "JSON"},
    "unframed": {"UNFRAMED": "1"},
}
HOME = {"HOME": "/var/task"}
GUNICORN = ("-m", "gunicorn", "-b", "127.0.0.1:18480", "--access-logfile", "-")


LOGS = (
    *(
        Group("python-loggers", "logs/python-{kind}.txt", kinds, ("loggers.py", "{kind}"), {"*": f"python:{names}"} if names else {})
        for kinds, names in PYTHON_LOGGERS.items()
    ),
    *(
        Group("node", "logs/node-{kind}.txt", kinds, ("loggers.js", "{kind}"), {"*": f"npm:{names}"} if names else {})
        for kinds, names in NODE_LOGGERS.items()
    ),
    *(
        Group(
            f"{name}-lambda", f"logs/lambda-{name}{which}-{{kind}}.jsonl", form, tuple(arguments.split()),
            {"*": LAMBDA_PACKAGES[name]}, environment,
        )
        for name, which, arguments in LAMBDA
        for form, environment in LOG_FORMATS.items()
    ),
    Group("python-loggers", "logs/python-web_{kind}.txt", "flask", (*GUNICORN, "webapps:flask_app()"), {"*": "python:flask gunicorn"}, HOME, ASKS),
    Group(
        "python-loggers", "logs/python-web_{kind}.txt", "flask_werkzeug",
        ("-m", "flask", "--app", "webapps:flask_app", "run", "--port", "18480"), {"*": "python:flask werkzeug"}, asks=ASKS,
    ),
    Group(
        "python-loggers", "logs/python-web_{kind}.txt", "fastapi",
        ("-m", "uvicorn", "--factory", "--port", "18480", "webapps:fastapi_app"), {"*": "python:fastapi uvicorn"}, asks=ASKS,
    ),
    Group("python-loggers", "logs/python-web_{kind}.txt", "django", (*GUNICORN[:4], "webapps:django_app()"), {"*": "python:django gunicorn"}, HOME, ASKS),
    Group("python-loggers", "logs/python-web_{kind}.txt", "aiohttp tornado", ("webapps.py", "{kind}"), {"aiohttp": "python:aiohttp", "tornado": "python:tornado"}, asks=ASKS),
    Group("python-loggers", "logs/python-{kind}.txt", "celery", ("webapps.py", "{kind}"), {"*": "python:celery"}),
    Group(
        "node", "logs/node-web_{kind}.txt", "express express_async fastify koa hapi nest", ("webapps.js", "{kind}"),
        {"express": "npm:express", "express_async": "npm:express morgan", "fastify": "npm:fastify", "koa": "npm:koa",
         "hapi": "npm:@hapi/hapi", "nest": "npm:@nestjs/core"},
        {"NODE_ENV": "production"}, ASKS,
    ),
    Group("rails", "logs/ruby-{kind}.txt", "rails", ("rails_app.ru",), {"*": "debian:ruby-rails puma"}, {"RAILS_ENV": "production"}, ASKS),
    Group("rails", "logs/ruby-{kind}.txt", "rails_plain", ("rails_app.ru",), {"*": "debian:ruby-rails puma"}, {"RAILS_ENV": "production", "PLAIN": "1"}, ASKS),
    Group("ruby", "logs/ruby-{kind}.txt", "logger sidekiq sidekiq_json", ("loggers.rb", "{kind}"), {"sidekiq": "debian:ruby-sidekiq", "sidekiq_json": "debian:ruby-sidekiq"}),
    Group("java", "logs/java-{kind}.txt", "util-logging", ("Loggers",)),
    Group("logback", "logs/logback-{kind}.txt", "basic dated iso location logstash logstash_short root_cause sleuth spring2 spring3",
        packages={"*": "debian:liblogback-java liblogstash-logback-encoder-java"}),
    Group("log4j2", "logs/log4j2-{kind}.txt", "default ecs gelf google json json_layout_template json_text lambda logstash pattern"),
    Group("go-log", "logs/go-{kind}.txt", "log", ()),
    Group(
        "go-loggers", "logs/go-{kind}.txt",
        "zap_production zap_development zap_console logrus_text logrus_json logrus_caller zerolog zerolog_unix zerolog_console",
        packages=GO_PACKAGES,
    ),
    Group("go-slog", "logs/go-slog_{kind}.txt", "json text default json_source text_source"),
    Group("dotnet-loggers", "logs/dotnet-console_{kind}.txt", "default scopes timed systemd coloured"),
    Group("dotnet-web", "logs/dotnet-{kind}.txt", "aspnet", ("http://127.0.0.1:18480",), asks=("GET /orders/0", "GET /orders/x")),
    Group("serilog", "logs/serilog-{kind}.txt", "compact compact_rendered json text text_named"),
    Group("php", "logs/php-monolog_{kind}.txt", "line laravel json json_stacktraces logstash", ("loggers.php", "{kind}"), {"*": "debian:php-monolog"}),
    Group("rust-loggers", "logs/rust-{kind}.txt", "tracing_text tracing_coloured tracing_compact tracing_pretty tracing_json tracing_flat env_logger"),
    Group("postgresql", "logs/postgresql-{kind}.txt", "rds default aurora_verbose application json"),
    Group("mariadb", "logs/mariadb-{kind}.txt", "error crash slow"),
)  # fmt: skip
