"""Names of frames keep what a person wrote and lose what compilers, bundlers and containers made up."""

import pytest

from logrouter.model import ErrorInfo, Frame
from logrouter.model.frames import is_group, is_repeated, names_of, short_file, type_of


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("/var/task/orders/total.py", "orders/total.py"),
        ("/usr/src/app/orders/total.py", "orders/total.py"),
        ("file:///var/task/index.mjs", "index.mjs"),
        ("/app/dist/main.3f2a1b.js", "dist/main.js"),
        ("/app/dist/index-BkX8z_3d.js", "dist/index.js"),
        ("/app/dist/index-Dk-x8z_3.js", "dist/index.js"),
        ("/app/dist/index-BkXzQwer.js", "dist/index.js"),
        ("/app/dist/chunk-QWERTY12.mjs", "dist/chunk.mjs"),
        ("/app/static/vendors~main.8a7f6e5d4c3b.chunk.js", "static/vendors~main.chunk.js"),
        ("/app/chunks/123.js", "chunks/chunk.js"),
        ("/app/123.index.js", "index.js"),
        ("webpack://orders/./src/pay.ts?3f2a", "src/pay.ts"),
        ("webpack-internal:///./src/pay.ts", "src/pay.ts"),
        ("/srv/releases/20261120093000/app/pay.rb", "app/pay.rb"),
        ("/codebuild/output/src123/src/github.com/orders/pay.go", "orders/pay.go"),
        ("C:\\app\\Pay.cs", "Pay.cs"),
    ],
)
def test_files_lose_folder_and_hash(file, expected):
    """The folder of deployment and the hash of a bundle are no part of a file's name."""
    assert short_file(file) == expected


@pytest.mark.parametrize(
    "file",
    [
        "order-handler.js",
        "handler2.js",
        "user-v2-handler.js",
        "shape-facade.js",
        "s3-uploader2.js",
        "sha256-password.js",
        "oauth2.strategy.ts",
        "user.service.js",
        "OrderService.js",
        "migrations/0001_initial.py",
        "db/20261120_create_orders.rb",
        "node:internal/main/run_main_module",
        "?",
        "",
    ],
)
def test_names_that_people_gave_stay(file):
    """Words, versions in names and numbered migrations are not taken for hashes."""
    assert short_file(file) == file


@pytest.mark.parametrize(
    ("language", "module", "function", "expected"),
    [
        ("java", "shop.Pay$$Lambda$14/0x00007f", "run", ("shop.Pay$$Lambda", "run")),
        ("java", "shop.Pay$$EnhancerBySpringCGLIB$$1a2b", "pay", ("shop.Pay$$EnhancerBySpringCGLIB$$", "pay")),
        ("java", "shop.Pay$$SpringCGLIB$$0", "pay", ("shop.Pay$$SpringCGLIB$$", "pay")),
        ("java", "shop.User$HibernateProxy$oRWx", "name", ("shop.User$HibernateProxy$", "name")),
        ("java", "jdk.proxy2.$Proxy45", "find", ("jdk.proxy2.$Proxy", "find")),
        ("java", "shop.Pay$1", "run", ("shop.Pay$", "run")),
        ("java", "shop.Pay$Builder2", "build", ("shop.Pay$Builder2", "build")),
        ("java", "shop.Pay", "lambda$main$0", ("shop.Pay", "lambda$main")),
        ("java", "shop.PayKt", "main$lambda$3", ("shop.PayKt", "main$lambda")),
        ("java", "shop.PayKt", "main$lambda-3", ("shop.PayKt", "main$lambda")),
        ("java", "shop.Pay", "access$000", ("shop.Pay", "access")),
        ("csharp", "Shop.Pay.<Charge>d__5", "MoveNext", ("Shop.Pay", "Charge")),
        ("csharp", "Shop.Pay.<>c__DisplayClass3_0", "<Main>b__1", ("Shop.Pay", "Main.<lambda>")),
        ("csharp", "Shop.Pay.<>c.<<Main>b__0_1>d", "MoveNext", ("Shop.Pay", "Main.<lambda>")),
        ("csharp", "Shop.Pay", "<Main>g__Charge|0_0", ("Shop.Pay", "Main.Charge")),
        ("csharp", "Shop.List", "MoveNext", ("Shop.List", "MoveNext")),
        ("go", "main", "main.func1.2", ("main", "main.func")),
        ("go", "shop/pay", "(*Server).handle.func2", ("shop/pay", "(*Server).handle.func")),
        ("php", None, "{closure:Shop::order():20}", (None, "{closure}")),
        ("php", None, "Shop\\{closure}", (None, "{closure}")),
        ("php", None, "class@anonymous\0/app/x.php:3$0::handle", (None, "class@anonymous::handle")),
        ("ruby", None, "block in Shop::Order#charge", (None, "block in charge")),
        ("ruby", None, "Shop::Order.charge", (None, "charge")),
        ("ruby", None, "_app_views_pay_html_erb__123456_7890", (None, "_app_views_pay_html_erb")),
        ("python", None, "outer.<locals>.inner", (None, "inner")),
        ("node", None, "async Object.cause [as x]", (None, "Object.cause")),
        ("native", None, "shop::pay::h0123456789abcdef", (None, "shop::pay")),
        ("native", None, "shop::pay::{{closure}}", (None, "shop::pay::{closure}")),
        (None, None, None, (None, None)),
    ],
)
def test_names_lose_what_compilers_number(language, module, function, expected):
    """Numbers of lambdas, proxies, closures and state machines go, whatever the language."""
    assert names_of(Frame(function, module=module), language) == expected


@pytest.mark.parametrize(
    ("calls", "kept"),
    [
        ("abc", "abc"),
        ("mwwwl", "m  wl"),
        ("mwwl", "m wl"),
        ("mababx", "m  abx"),
        ("mabababx", "m    abx"),
        ("mbababx", "m   abx"),
        ("mabcabcabc", "m      abc"),
        ("mwwablab", "m wablab"),
        ("aaaa", "   a"),
        ("", ""),
    ],
)
def test_recursions_fold_to_one_round(calls, kept):
    """However deep a recursion went, its last round stays, and what led to it and out of it."""
    frames = [Frame(call, "tree.py", number) for number, call in enumerate(calls)]

    shown = "".join(" " if repeats else call for call, repeats in zip(calls, is_repeated(frames), strict=True))

    assert shown == kept


def test_nameless_functions_are_no_recursion():
    """Two anonymous functions of one file are two functions."""
    frames = [Frame("<anonymous>", "server.js", 10), Frame("<anonymous>", "server.js", 50)]

    assert is_repeated(frames) == [False, False]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ErrorInfo("orders.errors.StockError", language="python"), ("orders.errors", "StockError")),
        (ErrorInfo("java.lang.", language="java"), (None, "java.lang.")),
        (ErrorInfo("*errors.errorString", language="go"), (None, "*errors.errorString")),
        (ErrorInfo(), (None, None)),
    ],
)
def test_types_lose_their_module(error, expected):
    """Where modules stand in front of types, they are told apart."""
    assert type_of(error) == expected


def test_a_bundle_is_no_exception_that_suppressed_others():
    """Members make a bundle, suppressed exceptions do not."""
    assert is_group(ErrorInfo("ExceptionGroup", members=(ErrorInfo("A"),)))
    assert not is_group(ErrorInfo("IOException", members=(ErrorInfo("A", relation="suppressed"),)))


@pytest.mark.parametrize(
    ("language", "file", "module"),
    [
        ("python", "/app/.venv/lib/python3.13/site-packages/flask/app.py", "flask.app"),
        ("python", "C:\\py\\Lib\\site-packages\\flask\\app.py", "flask.app"),
        ("python", "/usr/lib/python3/dist-packages/apt/cache.py", "apt.cache"),
        ("python", "/usr/lib/python3.12/json/__init__.py", "json"),
        ("python", "/var/lang/lib/python3.13/json/decoder.py", "json.decoder"),
        ("python", "/opt/python/requests/api.py", "requests.api"),
        ("python", "/var/runtime/boto3/session.py", "boto3.session"),
        ("python", "/var/runtime/bootstrap.py", None),
        ("python", "/app/site-packages/gunicorn/__main__.py", None),
        ("python", "/app/site-packages/my-tool/x.py", None),
        ("python", "/var/task/shop/pay.py", None),
        ("python", "<frozen importlib._bootstrap>", None),
        ("node", "/app/node_modules/express/lib/router/layer.js", "express.lib.router:layer"),
        ("node", "/app/node_modules/.pnpm/pg@8.1.0/node_modules/pg/lib/client.mjs", "pg.lib:client"),
        ("node", "/app/src/pay.js", None),
        ("node", "node:internal/modules/cjs/loader", None),
        ("ruby", "/app/site-packages/flask/app.py", None),
    ],
)
def test_modules_of_libraries(language, file, module):
    """The module of a library is told where its folder leaves no doubt, as the SDKs tell it; own code keeps its file."""
    assert names_of(Frame("f", file, 1), language) == (module, "f")
