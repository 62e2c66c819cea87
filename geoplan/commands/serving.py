"""The verb that stays up: the what-if app of this machine, the service for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geoplan.commands.options import Lang, Out, PlanFile, door_of, load, tell_of
from geoplan.commands.register import Register

__all__ = ["app", "serve"]

_O = "geoplan.options"
_OF_API = ("--host", "--behind-proxy", "--tls-cert", "--tls-key", "--token-env",
           "--write-token-env", "--per-minute", "--seconds")  # fmt: skip


def serve(
    ctx: typer.Context,
    plan: PlanFile,
    out: Out = None,
    port: Annotated[int, typer.Option(help=f"{_O}.port", min=0, max=65535)] = 0,
    api: Annotated[bool, typer.Option("--api", help=f"{_O}.api")] = False,
    host: Annotated[str | None, typer.Option(help=f"{_O}.api_host", metavar="HOST")] = None,
    behind_proxy: Annotated[
        list[str] | None, typer.Option(help=f"{_O}.behind_proxy", metavar="NAME")
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(help=f"{_O}.tls_cert", metavar="FILE")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help=f"{_O}.tls_key", metavar="FILE")] = None,
    token_env: Annotated[
        str | None, typer.Option(help=f"{_O}.token_env", metavar="NAME")
    ] = None,
    write_token_env: Annotated[
        str | None, typer.Option(help=f"{_O}.write_token_env", metavar="NAME")
    ] = None,
    register: Register = None,
    per_minute: Annotated[
        int | None, typer.Option(help=f"{_O}.per_minute", min=1, max=100_000)
    ] = None,
    seconds: Annotated[
        int | None, typer.Option(help=f"{_O}.api_seconds", min=1, max=86_400)
    ] = None,
    lang: Lang = "",
) -> None:
    """The local what-if app, or the service for other programs."""
    loaded = load(ctx, plan, lang)
    asked = (host, behind_proxy, tls_cert, tls_key, token_env, write_token_env, per_minute,
             seconds)  # fmt: skip
    if api:
        from geoplan.api import SECONDS, Doorway, serve_api
        from geoplan.export.ask import given

        given("--host", host)
        given("--token-env", token_env)
        given("--write-token-env", write_token_env)
        given("--behind-proxy", *(behind_proxy or ()))
        door = Doorway(
            host=host or "127.0.0.1",
            port=port,
            names=tuple(behind_proxy or ()),
            certificate=tls_cert,
            key=tls_key,
            token_env=token_env or "",
            write_token_env=write_token_env or "",
            per_minute=per_minute or 120,
            seconds=seconds or SECONDS,
        )
        serve_api(plan, out, register=register, door=door, lang=door_of(ctx))
        return
    from geoplan.serve import serve_plan
    from gis.errors import ConfigError
    from gis.say import listed, say

    wrong = [name for name, value in zip(_OF_API, asked, strict=True) if value]
    if wrong:
        raise ConfigError(say("geoplan.api.api_only"), where=listed(wrong))
    serve_plan(loaded, out, port=port, register=register, lang=door_of(ctx), tell=tell_of(ctx))


def app(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help=f"{_O}.workspace", metavar="FOLDER")] = Path(),
    data: Annotated[
        list[Path] | None, typer.Option("--data", help=f"{_O}.app_data", metavar="DIR")
    ] = None,
    port: Annotated[int, typer.Option(help=f"{_O}.port", min=0, max=65535)] = 0,
    lang: Lang = "",
) -> None:
    """The workspace: from files to report and pack in the browser."""
    from geoplan.app import serve_workspace

    serve_workspace(folder, data or (), port=port, lang=door_of(ctx, lang))
