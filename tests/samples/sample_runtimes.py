"""Finds the runtimes that the programs of tests/samples/ need, builds what has to be built, and says which versions they are."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

TASK = Path("/var/task")
JAVA = Path("/usr/share/java")
GOPATH = "/usr/share/gocode"
CRATES = "/usr/share/cargo/registry"


@dataclass(frozen=True)
class Runtime:
    """What runs one kind of program.

    Args:
        command: what stands in front of a program's own arguments.
        says: the versions, for `versions.json`.
        hide: paths of this machine, and what stands for them in a sample.
    """

    command: list[str]
    says: str
    env: Mapping[str, str] = field(default_factory=dict)
    hide: Mapping[str, str] = field(default_factory=dict)


def find_runtimes(wanted: AbstractSet[str], used: Mapping[str, Path], built: Path) -> dict[str, Runtime]:
    """Return the runtimes that this machine has, by the names that `sample_catalogue` gives them.

    Args:
        wanted: their names; nothing is built for others.
        used: paths by name, as `write_samples --use` takes them.
        built: a folder for what is compiled.
    """
    finders: dict[str, Callable[[Mapping[str, Path], Path], Runtime | None]] = {
        **{f"python{version}": _python(version) for version in ("3.9", "3.10", "3.11", "3.12", "3.13")},
        "python-loggers": _python_loggers,
        "node": _node,
        "python-lambda": _python_lambda,
        "node-lambda": _node_lambda,
        "rails": _rails,
        "tsx": _typescript("tsx"),
        "ts_node": _typescript("ts-node"),
        "source_map": _source_map,
        "ruby": _ruby,
        "ruby3.4": _ruby_wasm,
        "php": _php,
        "java": _java,
        "java-new": _java_new,
        "java-module": _java_module,
        "kotlin": _kotlin,
        "logback": _logback,
        "log4j2": _log4j2,
        "go": _go("failing.go", {}),
        "go-wrapped": _go("failing_wrapped.go", {}),
        "go-server": _go("failing_server.go", {}),
        "go-loggers": _go("loggers_go119.go", {}),
        "go-log": _go("loggers.go", {}),
        "go-new": _go("failing.go", {"new": "go"}),
        "go-new-server": _go("failing_server.go", {"new": "go"}),
        "go-slog": _go("loggers_slog.go", {"new": "go"}),
        "dotnet": _dotnet("Failing", ["Microsoft.NETCore.App"]),
        "dotnet-loggers": _dotnet("Loggers", ["Microsoft.NETCore.App", "Microsoft.AspNetCore.App"]),
        "dotnet-web": _dotnet("WebShop", ["Microsoft.NETCore.App", "Microsoft.AspNetCore.App"]),
        "serilog": _serilog,
        "mono": _mono,
        "rust": _rust,
        "rust-loggers": _rust_loggers,
        "postgresql": _server("postgresql.py", ["/usr/lib/postgresql/15/bin/postgres", "--version"]),
        "mariadb": _server("mariadb.py", ["mariadbd", "--version"]),
    }
    found = {name: find(used, built) for name, find in finders.items() if name in wanted}
    return {name: runtime for name, runtime in found.items() if runtime is not None}


def version_of(package: str, used: Mapping[str, Path]) -> str:
    """Return `name version` of an installed package.

    Args:
        package: `python:`, `npm:` or `debian:` and the name.
        used: as `find_runtimes` takes it.
    """
    kind, _, name = package.partition(":")
    if kind == "npm":
        return node_package(name)
    if kind == "debian":
        return f"{name} {_say('dpkg-query', '-W', '-f', '${Version}', name)}"
    return _say(
        str(used["python-loggers"]), "-c", f"import importlib.metadata as m; print('{name}', m.version('{name}'))"
    )


def _say(*command: str, line: int = 0, **more: object) -> str:
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True, **more)
    lines = result.stdout.strip().split("\n")
    return lines[min(line, len(lines) - 1)].strip()


def _build(*command: str, **env: str) -> bool:
    result = subprocess.run(command, cwd=TASK, check=False, env={**os.environ, **env})
    return result.returncode == 0


def _python(version: str) -> Callable[[Mapping[str, Path], Path], Runtime | None]:
    def find(used: Mapping[str, Path], built: Path) -> Runtime | None:
        found = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
        path = str(found[-1]) if found else shutil.which(f"python{version}")
        if path is None:
            return None
        says = f"CPython {_say(path, '--version').removeprefix('Python ')}"
        return Runtime([path, "failing.py"], says, hide={f"{Path(path).parent.parent}/": "/var/lang/"})

    return find


def _python_loggers(used: Mapping[str, Path], built: Path) -> Runtime | None:
    path = used.get("python-loggers")
    if path is None:
        return None
    says = f"CPython {_say(str(path), '--version').removeprefix('Python ')}"
    hide = {f"{path.parent.parent}/": "/var/lang/", f"{path.resolve().parent.parent}/": "/var/lang/"}
    return Runtime([str(path)], says, hide=hide)


def _python_lambda(used: Mapping[str, Path], built: Path) -> Runtime | None:
    python = _python_loggers(used, built)
    if python is None:
        return None
    return Runtime(["python3", "lambda_host.py", *python.command, "-m", "awslambdaric"], python.says, hide=python.hide)


def _node(used: Mapping[str, Path], built: Path) -> Runtime | None:
    if not shutil.which("node"):
        return None
    hide = {}
    if modules := used.get("node-modules"):
        link = TASK / "node_modules"
        link.unlink(missing_ok=True)
        link.symlink_to(modules)
        hide = {str(modules.resolve()): str(link)}
    return Runtime(["node"], f"Node.js {_say('node', '--version')}", hide=hide)


def _node_lambda(used: Mapping[str, Path], built: Path) -> Runtime | None:
    node, client = _node(used, built), TASK / "node_modules/aws-lambda-ric/bin/index.mjs"
    if node is None or not client.exists():
        return None
    return Runtime(["python3", "lambda_host.py", *node.command, str(client)], node.says, hide=node.hide)


def node_package(name: str) -> str:
    """Return `name version` of a package in the folder of `--use node-modules=`."""
    path = TASK / "node_modules" / name / "package.json"
    return f"{name} {json.loads(path.read_text())['version']}"


def _typescript(tool: str) -> Callable[[Mapping[str, Path], Path], Runtime | None]:
    def find(used: Mapping[str, Path], built: Path) -> Runtime | None:
        node = _node(used, built)
        if node is None or "node-modules" not in used:
            return None
        _write_tsconfig(TASK)
        says = f"{node.says}, {node_package(tool)}, {node_package('typescript')}"
        return Runtime([str(TASK / "node_modules/.bin" / tool), "failing.ts"], says, hide=node.hide)

    return find


def _source_map(used: Mapping[str, Path], built: Path) -> Runtime | None:
    node = _node(used, built)
    if node is None or "node-modules" not in used:
        return None
    _write_tsconfig(TASK)
    _build(str(TASK / "node_modules/.bin/tsc"), "-p", str(TASK), "--outDir", str(TASK / "dist"))
    says = f"{node.says}, {node_package('typescript')}"
    return Runtime(["node", "--enable-source-maps", "dist/failing.js"], says, hide=node.hide)


def _write_tsconfig(folder: Path) -> None:
    options = {"target": "es2022", "module": "commonjs", "strict": True, "sourceMap": True, "types": ["node"]}
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["failing.ts"]}))


def _ruby(used: Mapping[str, Path], built: Path) -> Runtime | None:
    return Runtime(["ruby"], _say("ruby", "--version")) if shutil.which("ruby") else None


def _rails(used: Mapping[str, Path], built: Path) -> Runtime | None:
    if not shutil.which("puma"):
        return None
    return Runtime(["puma", "-b", "tcp://127.0.0.1:18480"], _say("ruby", "--version"))


def _ruby_wasm(used: Mapping[str, Path], built: Path) -> Runtime | None:
    node = _node(used, built)
    if node is None or not (TASK / "node_modules/@ruby/3.4-wasm-wasi").exists():
        return None
    command = ["node", "--no-warnings", "ruby_wasm.mjs", "@ruby/3.4-wasm-wasi"]
    return Runtime(command, f"Ruby 3.4 as {node_package('@ruby/3.4-wasm-wasi')}", hide=node.hide)


def _php(used: Mapping[str, Path], built: Path) -> Runtime | None:
    if not shutil.which("php"):
        return None
    options = ["-d", "display_errors=0", "-d", "log_errors=1", "-d", "error_log=/dev/stderr", "-d", "zend.assertions=1"]
    return Runtime(["php", *options], _say("php", "--version"))


def _java(used: Mapping[str, Path], built: Path) -> Runtime | None:
    if not shutil.which("javac") or not _build(
        "javac", "-g", "-d", str(built), "Failing.java", "VirtualThread.java", "Loggers.java"
    ):
        return None
    return Runtime(
        ["java", "-Xmx64m", "-XX:MaxJavaStackTraceDepth=30", "-cp", str(built)], _say("java", "-version", line=1)
    )


def _java_new(used: Mapping[str, Path], built: Path) -> Runtime | None:
    path, old = used.get("java-new"), _java(used, built)
    if path is None or old is None:
        return None
    return Runtime([str(path), *old.command[1:]], _say(str(path), "-version", line=1))


def _java_module(used: Mapping[str, Path], built: Path) -> Runtime | None:
    sources = sorted(str(path) for path in (TASK / "modules").rglob("*.java"))
    folder = built / "modules"
    if not shutil.which("javac") or not _build(
        "javac", "-g", "--module-version", "1.4.2", "-d", str(folder / "shop"), *sources
    ):
        return None
    return Runtime(["java", "-p", str(folder), "-m"], _say("java", "-version", line=1))


def _kotlin(used: Mapping[str, Path], built: Path) -> Runtime | None:
    library = JAVA / "kotlin-stdlib.jar"
    if not shutil.which("kotlinc") or not _build("kotlinc", "Failing.kt", "-d", str(built / "kotlin")):
        return None
    return Runtime(
        ["java", "-cp", f"{built / 'kotlin'}:{library}"],
        f"Kotlin {_version_of(library)}, {_say('java', '-version', line=1)}",
    )


def _version_of(jar: Path) -> str:
    return jar.resolve().stem.rpartition("-")[2]


def _logback(used: Mapping[str, Path], built: Path) -> Runtime | None:
    names = "logback-classic logback-core slf4j-api logstash-logback-encoder jackson-core jackson-databind jackson-annotations"
    jars = [JAVA / f"{name}.jar" for name in names.split()]
    path = ":".join(map(str, jars))
    if not all(jar.exists() for jar in jars) or not _build(
        "javac", "-cp", path, "-d", str(built), "LogbackLoggers.java"
    ):
        return None
    return Runtime(["java", "-cp", f"{path}:{built}", "LogbackLoggers"], _say("java", "-version", line=1))


def _log4j2(used: Mapping[str, Path], built: Path) -> Runtime | None:
    folder = used.get("log4j2")
    if folder is None:
        return None
    path, classes = ":".join(map(str, sorted(folder.glob("*.jar")))), built / "classes"
    if not _build("javac", "-cp", path, "-d", str(classes), "Log4jLoggers.java"):
        return None
    says = f"log4j {_version_of(next(folder.glob('log4j-core-*.jar')))}, {_say('java', '-version', line=1)}"
    return Runtime(["java", "-cp", f"{path}:{classes}", "Log4jLoggers"], says, hide={"classes/": "app/"})


def _go(program: str, options: Mapping[str, str]) -> Callable[[Mapping[str, Path], Path], Runtime | None]:
    def find(used: Mapping[str, Path], built: Path) -> Runtime | None:
        go = str(used["go-new"]) if options and "go-new" in used else None if options else shutil.which("go")
        if go is None:
            return None
        root = _say(go, "env", "GOROOT") if not options else str(Path(go).parent.parent)
        binary = built / f"{Path(program).stem}-{'new' if options else 'old'}"
        env = {"GO111MODULE": "off", "GOFLAGS": "", "GOPATH": GOPATH, "GOROOT": root, "GOCACHE": str(built / "cache")}
        if not _build(go, "build", "-o", str(binary), program, **env):
            return None
        return Runtime(
            [str(binary)], _say(go, "version", env={**os.environ, **env}), hide={f"{root}/": "/usr/local/go/"}
        )

    return find


def _dotnet(program: str, frameworks: list[str]) -> Callable[[Mapping[str, Path], Path], Runtime | None]:
    def find(used: Mapping[str, Path], built: Path) -> Runtime | None:
        root = used.get("dotnet")
        if root is None:
            return None
        references = [path for name in frameworks for path in (root / "packs").glob(f"{name}.Ref/*/ref/*/*.dll")]
        return _compiled(used, built, program, frameworks[-1], references)

    return find


def _compiled(
    used: Mapping[str, Path], built: Path, program: str, framework: str, references: list[Path]
) -> Runtime | None:
    root = used["dotnet"]
    compiler = next((root / "sdk").glob("*/Roslyn/bincore/csc.dll"))
    version = next((root / "shared" / framework).iterdir()).name
    tool, env = str(root / "dotnet"), {"DOTNET_ROOT": str(root), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    if "dotnet-ssl" in used:
        env["LD_LIBRARY_PATH"] = str(used["dotnet-ssl"])
    options = ["-nologo", "-debug:portable", "-langversion:8", "-nowarn:1701,8632", f"-out:{built / program}.dll"]
    if not _build(tool, str(compiler), *options, *(f"-r:{path}" for path in references), f"{program}.cs", **env):
        return None
    wanted = {"runtimeOptions": {"framework": {"name": framework, "version": version}}}
    (built / f"{program}.runtimeconfig.json").write_text(json.dumps(wanted))
    return Runtime([tool, str(built / f"{program}.dll")], f"{framework} {version}", env)


def _serilog(used: Mapping[str, Path], built: Path) -> Runtime | None:
    root, folder = used.get("dotnet"), used.get("serilog")
    if root is None or folder is None:
        return None
    own = sorted(folder.glob("Serilog*.dll"))
    for path in own:
        shutil.copy(path, built)
    references = [*(root / "packs").glob("Microsoft.NETCore.App.Ref/*/ref/*/*.dll"), *own]
    runtime = _compiled(used, built, "LoggersSerilog", "Microsoft.NETCore.App", references)
    names = ", ".join(path.stem for path in own)
    return runtime and Runtime(runtime.command, f"Serilog 2.9.0 ({names}), {runtime.says}", runtime.env)


def _mono(used: Mapping[str, Path], built: Path) -> Runtime | None:
    program = built / "Failing.exe"
    if not shutil.which("mcs") or not _build(
        "mcs", "-nologo", "-debug", "-define:MONO", f"-out:{program}", "Failing.cs"
    ):
        return None
    return Runtime(["mono", "--debug", str(program)], _say("mono", "--version"))


def _rust(used: Mapping[str, Path], built: Path) -> Runtime | None:
    program = built / "failing-rust"
    if not shutil.which("rustc") or not _build("rustc", "-g", "-A", "warnings", "-o", str(program), "failing.rs"):
        return None
    return Runtime([str(program)], _say("rustc", "--version"))


def _rust_loggers(used: Mapping[str, Path], built: Path) -> Runtime | None:
    if not shutil.which("cargo") or not Path(CRATES).exists():
        return None
    project = built / "loggers"
    (project / "src").mkdir(parents=True, exist_ok=True)
    (project / ".cargo").mkdir(exist_ok=True)
    shutil.copy(TASK / "loggers.rs", project / "src" / "main.rs")
    (project / ".cargo" / "config.toml").write_text(
        f'[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "{CRATES}"\n'
    )
    (project / "Cargo.toml").write_text(
        '[package]\nname = "shop"\nversion = "1.4.2"\nedition = "2021"\n[dependencies]\nanyhow = "*"\ntracing = "*"\n'
        'tracing-subscriber = { version = "*", features = ["json", "fmt", "ansi"] }\nenv_logger = "0.9"\nlog = "*"\n'
    )
    if subprocess.run(["cargo", "build", "--offline", "--quiet"], cwd=project, check=False).returncode:
        return None
    lock = (project / "Cargo.lock").read_text().split("[[package]]")
    names = {"anyhow", "tracing", "tracing-subscriber", "env_logger"}
    found = [part.split('"')[1::2][:2] for part in lock[1:]]
    says = ", ".join(f"{name} {version}" for name, version in found if name in names)
    return Runtime([str(project / "target/debug/shop")], f"{says}, {_say('rustc', '--version')}")


def _server(program: str, version: list[str]) -> Callable[[Mapping[str, Path], Path], Runtime | None]:
    def find(used: Mapping[str, Path], built: Path) -> Runtime | None:
        path = shutil.which(version[0], path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
        if path is None or os.geteuid() != 0:
            return None
        return Runtime(["python3", program], _say(path, *version[1:]).removeprefix("/usr/sbin/"))

    return find
