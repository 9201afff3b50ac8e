"""The page that lists every setting, written from the settings themselves."""

from servicedesk.kernel.settings import TABLE


def settings_page() -> str:
    """Return docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "Environment variables, read once at start. An empty one counts as unset; an unknown `DESK_*`",
        "variable or a bad value refuses to start. `servicedesk settings` shows those in force, without",
        "secrets; `servicedesk settings --page` writes this page.",
        "",
        "| Variable | Default | What it is |",
        "| --- | --- | --- |",
    ]
    for setting in TABLE.values():
        default = setting.otherwise or f"`{setting.default}`"
        lines.append(f"| `{setting.variable}` | {default} | {setting.purpose} |")
    return "\n".join(lines) + "\n"
