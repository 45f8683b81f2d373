"""The production-shaped stack, read as text and held against the code: no Docker engine is needed to see it drift."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main
from pydantic import SecretStr
from ruamel.yaml import YAML

from adapters.settings import SentimentWorkerSettings, Settings, load_sentiment_worker_settings
from sequences.names import QUEUE, SEARCH_ATTRIBUTES, SEND_QUEUE, SENTIMENT_QUEUE
from services.reading.probes import QUEUES
from starter.cli.main import app
from tests.support.settings import SECRET_VARIABLES
from tools import image_requirements
from tools.image_digests import ImageName

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.temporal.yml"
TEXT = FILE.read_text()
STACK: dict[str, Any] = YAML(typ="safe").load(TEXT)
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
OURS = {"hooks", "worker", "sentiment"}
JOBS = {"temporal-schema", "temporal-namespace"}

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<how>:?[-?])(?P<rest>[^}]*))?\}")
_EXAMPLE = re.compile(r"^(?:# )?(?P<name>[A-Z][A-Z_]+)=(?P<value>.*)$", re.MULTILINE)
ENV_EXAMPLE = {match["name"]: match["value"] for match in _EXAMPLE.finditer((ROOT / ".env.example").read_text())}
FIELDS = {f"RELANCE_{name.upper()}": field for name, field in Settings.model_fields.items()}
SECRETS = SECRET_VARIABLES | {"POSTGRES_PASSWORD", "TEMPORAL_POSTGRES_PASSWORD"}
OPTIONAL = {"RELANCE_SMTP_PASSWORD", "TEMPORAL_API_KEY"}
# Folders and helpers of the local stack, which has no place among containers.
LOCAL_ONLY = {
    "RELANCE_MAIL_FOLDER",
    "RELANCE_TEXTS_FOLDER",
    "RELANCE_STANDIN_URL",
    "RELANCE_TWILIO_BASE_URL",
}


def filled(value: object, given: dict[str, str]) -> str | None:
    """A value of the file as compose would hand it on. None: not set at all."""
    if value is None:
        return None

    def one(match: re.Match[str]) -> str:
        name, how, rest = match["name"], match["how"] or "", match["rest"] or ""
        if name in given and (given[name] or not how.startswith(":")):
            return given[name]
        if "?" in how:
            raise LookupError(f"{name}: {rest}")
        return rest

    return _VARIABLE.sub(one, str(value))


def given() -> dict[str, str]:
    """A filled-in .env: what the example sets, and something for every secret."""
    written = {name: value for name, value in ENV_EXAMPLE.items() if f"\n# {name}=" not in _example()}
    return {
        name: value or ("a-s3cret-of-the-stack" if name in SECRETS and "TWILIO" not in name else "")
        for name, value in written.items()
    }


def _example() -> str:
    return (ROOT / ".env.example").read_text()


def environment_of(service: str, values: dict[str, str]) -> dict[str, str]:
    filled_in = {name: filled(value, values) for name, value in SERVICES[service].get("environment", {}).items()}
    return {
        name: value if value is not None else values[name]
        for name, value in filled_in.items()
        if value is not None or name in values
    }


def settings_of(service: str, monkeypatch: pytest.MonkeyPatch, values: dict[str, str] | None = None) -> Settings:
    for name in FIELDS:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment_of(service, values or given()).items():
        monkeypatch.setenv(name, value)
    return Settings()


# --- what the file itself must be -----------------------------------------------------------------------------------


def test_the_parts_are_there() -> None:
    images = {name: service.get("image", "") for name, service in SERVICES.items()}
    assert images["temporal-schema"].startswith("temporalio/admin-tools:")
    assert images["temporal"].startswith("temporalio/server:")
    assert images["temporal-ui"].startswith("temporalio/ui:")
    assert ImageName.read(images["temporal"]).tag == ImageName.read(images["temporal-schema"]).tag
    assert {"postgres", "temporal-postgres", "temporal-namespace", "mailpit", *OURS} <= SERVICES.keys()


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned(name: str) -> None:
    # With a digest where somebody has pinned them by `python -m tools.image_digests`.
    image, _, digest = SERVICES[name]["image"].partition("@")
    tag = ImageName.read(image).tag
    assert re.fullmatch(r"v?\d+(\.\d+)+", tag), f"{name}: an exact version, not {tag}"
    assert re.fullmatch(r"(sha256:[0-9a-f]{64})?", digest)


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_waited_for_exists_and_the_condition_fits(name: str) -> None:
    for target, how in SERVICES[name].get("depends_on", {}).items():
        assert target in SERVICES
        wanted = "service_completed_successfully" if target in JOBS else "service_healthy"
        assert how["condition"] == wanted, f"{name} waits for {target}"
        if wanted == "service_healthy":
            assert "healthcheck" in SERVICES[target], f"{target} can never be healthy"


def test_nobody_waits_in_a_circle() -> None:
    def before(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, f"{' -> '.join((*path, name))}"
        for target in SERVICES[name].get("depends_on", {}):
            before(target, (*path, name))

    for name in SERVICES:
        before(name, ())


@pytest.mark.parametrize("name", SERVICES)
def test_jobs_end_and_everything_else_is_started_again(name: str) -> None:
    restart = SERVICES[name]["restart"]
    assert restart == ("on-failure:5" if name in JOBS else "unless-stopped")


# --- as little as each needs -----------------------------------------------------------------------------------------

WRITES_AT_ITS_START = {"postgres", "temporal-postgres", "temporal-schema", "temporal", "temporal-namespace"} | {
    "temporal-ui",
    "mailpit",
}
"""Images of others that write their configuration, or their data, where they were not told to."""


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_no_more_rights_than_its_start_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    # The images of Postgres begin as root, own their folder, and go on as a user.
    begins_as_root = {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
    assert set(service.get("cap_add", ())) == (begins_as_root if name.endswith("postgres") else set())
    if name not in WRITES_AT_ITS_START:
        assert service["read_only"] is True
        assert service["tmpfs"] == ["/tmp"]


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - JOBS))
def test_nobody_takes_the_memory_or_the_disk_of_all(name: str) -> None:
    assert re.fullmatch(r"\d+[mg]", SERVICES[name]["mem_limit"])
    assert SERVICES[name]["logging"]["options"].keys() == {"max-size", "max-file"}


def secrets_of(name: str) -> set[str]:
    """Variables of ``.env`` that hold a secret and reach the container."""
    handed_on = set()
    for variable, value in SERVICES[name].get("environment", {}).items():
        handed_on |= {variable} if value is None else {match["name"] for match in _VARIABLE.finditer(str(value))}
    return handed_on & SECRETS


def test_only_who_needs_a_secret_has_it() -> None:
    given_to = {name: secrets_of(name) for name in SERVICES}
    assert given_to["sentiment"] == {"POSTGRES_PASSWORD", "TEMPORAL_API_KEY", "RELANCE_PAYLOAD_KEYS"}
    assert given_to["postgres"] == {"POSTGRES_PASSWORD"}
    for name in ("temporal", "temporal-postgres", "temporal-schema"):
        assert given_to[name] == {"TEMPORAL_POSTGRES_PASSWORD"}
    for name in ("temporal-namespace", "temporal-ui", "mailpit"):
        assert given_to[name] == set()
    of_hooks_alone = {
        "RELANCE_BEARER_TOKEN",
        "RELANCE_CALENDLY_SIGNING_KEYS",
        "RELANCE_CAL_COM_SECRETS",
        "RELANCE_CRM_PASSWORD",
        "RELANCE_CRM_SECRET",
        "RELANCE_INBOUND_LOGINS",
        "RELANCE_MAILGUN_SIGNING_KEYS",
        "RELANCE_OIDC_CLIENT_SECRET",
    }
    assert given_to["hooks"] - given_to["worker"] == of_hooks_alone
    assert given_to["worker"] <= given_to["hooks"]


def test_networks_let_each_reach_what_it_needs_alone() -> None:
    inside = {name for name, network in STACK["networks"].items() if network and network.get("internal")}
    assert STACK["networks"].keys() - inside == {"outside"}
    on = {name: set(service["networks"]) for name, service in SERVICES.items()}
    assert {name for name in on if "temporal-data" in on[name]} == {"temporal-postgres", "temporal-schema", "temporal"}
    assert {name for name in on if "data" in on[name]} == {"postgres", *OURS}
    assert {name for name in on if "outside" in on[name]} == {"hooks", "worker", "temporal-ui", "mailpit"}
    for name, service in SERVICES.items():
        assert not service.get("ports") or "outside" in on[name], f"{name} publishes a port that nobody reaches"
        for target in service.get("depends_on", {}):
            assert on[name] & on[target] or target in JOBS, f"{name} cannot reach {target}"


@pytest.mark.parametrize("name", sorted(OURS))
def test_key_files_and_token_programs_are_handed_on_where_they_are_read(name: str) -> None:
    mounted = [str(filled(mount, {})) for mount in SERVICES[name].get("volumes", [])]
    assert ("./docker/files:/run/relance:ro" in mounted) == (name != "sentiment")


def test_the_sentiment_worker_starts_with_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FIELDS:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment_of("sentiment", given()).items():
        monkeypatch.setenv(name, value)
    assert load_sentiment_worker_settings().database_url.endswith("@postgres:5432/relance")


def test_mounted_paths_exist_and_volumes_are_declared() -> None:
    used = set()
    for name, service in SERVICES.items():
        for mount in service.get("volumes", []):
            source, target, *_ = str(filled(mount, {})).split(":")
            assert target.startswith("/")
            if source.startswith("."):
                assert (ROOT / source).exists(), f"{name} mounts {source}"
            else:
                used.add(source)
    assert used == set(STACK["volumes"])


def test_everything_published_is_for_this_machine_only() -> None:
    taken = []
    for service in SERVICES.values():
        for port in service.get("ports", []):
            address, host, _ = port.split(":")
            assert address == "127.0.0.1"
            taken.append(host)
    assert len(taken) == len(set(taken))


# --- secrets and .env.example ---------------------------------------------------------------------------------------


def test_secrets_have_no_default() -> None:
    found = {match["name"]: match["how"] or "" for match in _VARIABLE.finditer(TEXT) if match["name"] in SECRETS}
    assert {"POSTGRES_PASSWORD", "TEMPORAL_POSTGRES_PASSWORD", "RELANCE_BEARER_TOKEN", "RELANCE_TOKEN_KEYS"} <= set(
        found
    )
    assert all("?" in how for how in found.values()), found


def test_a_missing_secret_says_what_it_is() -> None:
    for match in _VARIABLE.finditer(TEXT):
        if "?" in (match["how"] or ""):
            assert len(match["rest"].split()) >= 4, match["name"]


@pytest.mark.parametrize(
    "missing", sorted(SECRETS & ENV_EXAMPLE.keys() - {"RELANCE_SMTP_PASSWORD", "TEMPORAL_API_KEY"})
)
def test_without_a_secret_the_stack_does_not_start(missing: str) -> None:
    values = {name: value for name, value in given().items() if name != missing}
    with pytest.raises(LookupError, match=missing):
        filled(TEXT, values)


def test_the_example_has_every_variable_and_no_other() -> None:
    used = {match["name"] for match in _VARIABLE.finditer(TEXT)}
    passed_on = {
        name for service in SERVICES.values() for name, value in service.get("environment", {}).items() if value is None
    }
    assert ENV_EXAMPLE.keys() == used | passed_on


def test_the_example_holds_no_secret() -> None:
    assert {name: ENV_EXAMPLE[name] for name in SECRETS & ENV_EXAMPLE.keys() if ENV_EXAMPLE[name]} == {}


# --- our processes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_variable_is_a_setting(name: str) -> None:
    ours = {variable for variable in SERVICES[name]["environment"] if variable.startswith("RELANCE_")}
    assert ours <= FIELDS.keys()
    others = SERVICES[name]["environment"].keys() - ours
    of_others = {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "TEMPORAL_API_KEY", "TEMPORAL_TLS"}
    of_others |= {"OTEL_EXPORTER_OTLP_ENDPOINT"}
    assert others == of_others | ({"FORWARDED_ALLOW_IPS"} if name == "hooks" else set())


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_required_setting_is_given_and_valid(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = SentimentWorkerSettings if name == "sentiment" else Settings
    required = {f"RELANCE_{field.upper()}" for field, info in kind.model_fields.items() if info.is_required()}
    assert required <= SERVICES[name]["environment"].keys()
    if name == "sentiment":
        return
    settings = settings_of(name, monkeypatch)
    assert settings.public_url.startswith("https://")
    assert settings.smtp_username is None
    assert settings.twilio_tokens() == ()


def test_a_real_mail_server_is_a_matter_of_the_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    real = {"RELANCE_SMTP_HOST": "smtp.example.com", "RELANCE_SMTP_PORT": "587", "RELANCE_SMTP_TLS": "starttls"}
    real |= {"RELANCE_SMTP_USERNAME": "relance", "RELANCE_SMTP_PASSWORD": "a-s3cret-of-the-stack"}
    settings = settings_of("worker", monkeypatch, given() | real)
    assert (settings.smtp_host, settings.smtp_port, settings.smtp_tls) == ("smtp.example.com", 587, "starttls")
    assert (settings.smtp_username, settings.smtp_password) == ("relance", SecretStr("a-s3cret-of-the-stack"))


def test_every_setting_that_production_needs_can_be_set() -> None:
    tuned = {"RELANCE_SMTP_TIMEOUT", "RELANCE_SMTP_DATA_TIMEOUT"}
    everywhere = set().union(*(SERVICES[name]["environment"] for name in OURS))
    assert FIELDS.keys() - everywhere <= LOCAL_ONLY | tuned
    assert not LOCAL_ONLY & everywhere


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_command_is_one_of_the_cli(name: str) -> None:
    commands = typer.main.get_command(app)
    arguments = list(SERVICES[name]["command"])
    # Parsed with its options and their callbacks (which know the queues), but not run.
    context = commands.make_context("relance", list(arguments))
    _parse(commands, context, arguments)


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    commands = typer.main.get_command(app)
    context = commands.make_context("relance", ["worker"])
    for wrong in (["wrok"], ["worker", "--queues", "relance-sentimental"], ["serve", "--port", "1"]):
        with pytest.raises(Exception, match=r"(?i)no such|unknown"):
            _parse(commands, context, wrong)


def _parse(commands: Any, context: Any, arguments: list[str]) -> None:
    found, command, rest = commands.resolve_command(context, arguments)
    command.make_context(found, rest, parent=context)


def queues_of(name: str) -> tuple[str, ...]:
    command = SERVICES[name]["command"]
    return tuple(command[command.index("--queues") + 1].split(","))


def test_every_task_queue_has_a_worker() -> None:
    assert queues_of("worker") == (QUEUE, SEND_QUEUE)
    assert queues_of("sentiment") == (SENTIMENT_QUEUE,)
    assert {*queues_of("worker"), *queues_of("sentiment")} == set(QUEUES)


def test_ports_are_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of("hooks", monkeypatch)
    inside = {int(port.split(":")[2]) for port in SERVICES["hooks"]["ports"]}
    assert inside == {settings.http_port, settings.inbound_port}
    assert settings.http_host == settings.inbound_host == "0.0.0.0"


def test_health_checks_ask_a_path_that_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    port = settings_of("hooks", monkeypatch).http_port
    own = (ROOT / "starter" / "http" / "routes" / "health.py").read_text()
    for name in OURS:
        *_, script, address = SERVICES[name]["healthcheck"]["test"]
        host, path = re.fullmatch(rf"http://([\w.]+):{port}(/[^?]+).*", address).groups()  # type: ignore[union-attr]
        assert f'"{path}"' in own
        assert host in {"127.0.0.1", *SERVICES}
        assert script in copied().values()
        if name != "hooks":
            assert re.findall(r"queue=([\w-]+)", address) == list(queues_of(name))
            # Each asks for its own worker: with two of them, a dead one is not well because the other is.
            assert address.endswith("&host={host}")


def test_addresses_are_services_of_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = environment_of("worker", given())
    settings = settings_of("worker", monkeypatch)
    host = re.search(r"@([\w-]+):5432/relance$", settings.database_url)
    assert host is not None
    assert SERVICES[host[1]]["environment"]["POSTGRES_DB"] == "relance"
    assert (settings.smtp_host, settings.smtp_port) == ("mailpit", 1025)
    assert "mailpit" in SERVICES
    for name in (*OURS, "temporal-namespace", "temporal-ui"):
        assert environment_of(name, given())["TEMPORAL_ADDRESS"] == "temporal:7233"
    assert "7233" in SERVICES["temporal"]["healthcheck"]["test"]
    assert environment["TEMPORAL_NAMESPACE"] == SERVICES["temporal-ui"]["environment"]["TEMPORAL_DEFAULT_NAMESPACE"]


# --- Temporal's jobs -------------------------------------------------------------------------------------------------


def test_search_attributes_are_those_of_the_registry() -> None:
    job = SERVICES["temporal-namespace"]["environment"]
    assert job["KEYWORDS"].split() == list(SEARCH_ATTRIBUTES)
    assert set(SEARCH_ATTRIBUTES.values()) == {"Keyword"}, "docker/temporal/namespace.sh registers Keyword only"
    assert job["TEMPORAL_NAMESPACE"] == environment_of("worker", given())["TEMPORAL_NAMESPACE"]
    assert job["RETENTION"] == "30d"


@pytest.mark.parametrize("name", sorted(JOBS))
def test_jobs_run_a_script_that_a_shell_can_read_and_give_it_what_it_asks_for(name: str) -> None:
    service = SERVICES[name]
    source, target, _ = service["volumes"][0].split(":")
    script = ROOT / source / Path(service["command"][0]).relative_to(target)
    shell = service["entrypoint"][0]
    subprocess.run([shell, "-n", script], check=True)
    asked = set(re.findall(r"\$\{?([A-Z_]+)\b", script.read_text()))
    assert asked <= service["environment"].keys()


def test_temporal_gets_its_own_database_and_dynamic_settings() -> None:
    server, job = SERVICES["temporal"], SERVICES["temporal-schema"]
    assert server["environment"]["POSTGRES_SEEDS"] == job["environment"]["SQL_HOST"] == "temporal-postgres"
    assert server["environment"]["DB"] == job["environment"]["SQL_PLUGIN"]
    source, target, _ = server["volumes"][0].split(":")
    inside = Path("/etc/temporal") / server["environment"]["DYNAMIC_CONFIG_FILE_PATH"]
    assert (ROOT / source / inside.relative_to(target)).is_file()


# --- the image -------------------------------------------------------------------------------------------------------

DOCKERFILE = (ROOT / "Dockerfile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def copied() -> dict[str, str]:
    """What the Dockerfile copies: source to absolute target."""
    found: dict[str, str] = {}
    folder = "/"
    for line in DOCKERFILE.splitlines():
        word, _, rest = line.partition(" ")
        if word == "WORKDIR":
            folder = rest
        elif word == "COPY":
            *sources, target = rest.split()
            found |= {source: f"{folder}/{Path(target)}".replace("/.", "") for source in sources}
    return found


def test_what_is_copied_exists_and_is_let_into_the_build() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied().keys() == let_in
    assert [source for source in copied() if not (ROOT / source).exists()] == []


def test_every_package_and_module_of_the_project_is_copied() -> None:
    packages = {pattern.rstrip("*") for pattern in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    modules = {f"{name}.py" for name in PROJECT["tool"]["setuptools"]["py-modules"]}
    files = {PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]}
    assert packages | modules | files <= copied().keys()


def test_the_entrypoint_is_the_script_of_the_project() -> None:
    entry = re.search(r'^ENTRYPOINT \["(\w+)"\]$', DOCKERFILE, re.MULTILINE)
    assert entry is not None
    assert PROJECT["project"]["scripts"] == {entry[1]: "starter.cli.main:main"}


def test_the_image_has_a_python_that_the_project_takes_and_is_not_root() -> None:
    version = re.search(r"^FROM python:3\.(\d+)-", DOCKERFILE, re.MULTILINE)
    assert version is not None
    assert f"3.{version[1]}" in PROJECT["project"]["requires-python"]
    assert re.search(r"^USER (?!root)\w+$", DOCKERFILE, re.MULTILINE)


def test_the_image_has_each_package_by_its_version_and_hash() -> None:
    """Made by ``python -m tools.image_requirements``; a version that changed since has no hash there."""
    text = image_requirements.TARGET.read_text()
    hashes = {
        match["line"]: set(re.findall(r"sha256:([0-9a-f]{64})", match["hashes"]))
        for match in re.finditer(r"^(?P<line>[\w.-]+==\S+) (?P<hashes>(?:\\\n[^\\\n]*)+)$", text, re.MULTILINE)
    }
    assert list(hashes) == image_requirements.wanted()
    assert all(hashes.values())
    assert text == image_requirements.written(hashes)


def test_what_the_image_leaves_out_is_the_local_stack_and_torch_alone() -> None:
    embedded = {re.split(r"[>=<]", item)[0] for item in PROJECT["project"]["optional-dependencies"]["embedded"]}
    assert set(image_requirements.NOT_IN_THE_IMAGE) == embedded
    pinned = {line.partition("==")[0] for line in (ROOT / "requirements.txt").read_text().splitlines()}
    assert embedded | set(image_requirements.WITHOUT_HASH) <= pinned
    assert "--require-hashes --requirement requirements-image.txt" in DOCKERFILE
    assert "grep '^torch==' requirements.txt" in DOCKERFILE


def test_a_send_that_has_begun_gets_more_time_than_the_workers_own_grace() -> None:
    worker = (ROOT / "worker.py").read_text()
    grace = re.search(r"_GRACE = timedelta\(seconds=(\d+)\)", worker)
    assert grace is not None
    assert int(SERVICES["worker"]["stop_grace_period"].removesuffix("s")) > int(grace[1])
