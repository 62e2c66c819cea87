"""Open data for a county: what it lacks, brought from public sources, a mirror or a stick."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

from gis.errors import ConfigError, DataError, Fault
from gis.files.given import given_file
from gis.say import Sentence, listed, say
from layers.catalogue import layer as layer_of
from layers.fetch.bring_piece import Ways, bring_piece
from layers.fetch.into_plan import layer_table, plan_with
from layers.fetch.landed import landed
from layers.fetch.manners import Manners, not_brought
from layers.fetch.pieces import Piece, pieces_of
from layers.fetch.record import Record, alone
from layers.fetch.source import Source, mirrored
from layers.open.county import county_boundary_ll
from layers.plan.model import LayerSource, Plan
from layers.result import Progress

__all__ = [
    "OpenData",
    "Wanted",
    "data_folder",
    "fetch_open_data",
    "is_lacking",
    "wanted_data",
]

_WORKERS = 4
_SUM = re.compile(r"([0-9a-f]{64})[ \t]+\*?(.+)")


@dataclass(frozen=True)
class Wanted:
    """A file a county needs of a source.

    Attributes
    ----------
    piece
        Its name, address and window.
    layers
        Layers of the plan it is for.
    """

    piece: Piece
    layers: tuple[str, ...]


@dataclass(frozen=True)
class OpenData:
    """What was brought.

    Attributes
    ----------
    layers
        Layer -> id of the source it was taken from.
    files
        File below the data root -> sha256.
    bytes_brought
        Over the network, now.
    notes
        What is said of tiles that are not there and of layers with nothing in the county.
    plan, kept
        The plan that was written and the earlier one; None when nothing was added.
    faults
        What could not be had.
    """

    layers: dict[str, str]
    files: dict[str, str]
    bytes_brought: int
    notes: tuple[Sentence, ...]
    faults: tuple[Fault, ...]
    plan: Path | None = None
    kept: Path | None = None


def data_folder(plan: Plan) -> Path:
    """Where what is brought goes: below the data root, which two counties may share."""
    return plan.data_root / "open_data" / (plan.area.code or plan.plan.id)


def _is_ours(plan: Plan, source: LayerSource) -> bool:
    """Whether a layer of a plan was written by an earlier fetch."""
    ours = data_folder(plan)
    return bool(source.path) and (plan.base / source.path).resolve().is_relative_to(
        ours.resolve()
    )


def is_lacking(plan: Plan, layer_id: str) -> bool:
    """Whether a plan has nothing of a layer but what an earlier fetch brought."""
    source = plan.layers.get(layer_id)
    return source is None or bool(source.required_from_user) or _is_ours(plan, source)


def _chosen(
    plan: Plan, known: Mapping[str, Source], asked: Iterable[str]
) -> list[tuple[Source, tuple[str, ...]]]:
    """The sources to ask and what each is to give: of several the first in rank.

    A source that is named gives what it has; others give what no other gave yet.
    """
    named = list(asked)
    strange = sorted(set(named) - set(known))
    if strange:
        raise ConfigError(
            say("layers.fetch.no_such_source"),
            where="--source",
            got=listed(strange),
            expected=listed(known),
        )
    pool = [known[i] for i in named] if named else [*known.values()]
    pool = [s for s in pool if named or s.quality == "verified"]
    given: set[str] = set()
    out = []
    for source in sorted(pool, key=lambda s: (s.rank, s.id)):
        layers = tuple(i for i in source.gives if is_lacking(plan, i) and i not in given)
        given |= set(layers)
        if layers or _feeds_section(plan, source):
            out.append((source, layers))
    return out


def _feeds_section(plan: Plan, source: Source) -> bool:
    """Whether a section of the plan that has no weather would read this series."""
    if not source.section:
        return False
    section = plan.sections.get(source.section)
    weather = getattr(section, "weather", None)
    return section is not None and (weather is None or _is_ours_path(plan, weather.path))


def _is_ours_path(plan: Plan, path: str) -> bool:
    return (plan.base / path).resolve().is_relative_to(data_folder(plan).resolve())


def wanted_data(
    plan: Plan, asked: Sequence[str] = (), mirrors: Mapping[str, str] | None = None
) -> list[Wanted]:
    """The files a county needs; nothing is asked for.

    Parameters
    ----------
    plan : Plan
    asked : sequence of str
        Ids of sources; every verified one when empty.
    mirrors : mapping, optional
        Id of a source -> address in place of its own; those of the plan come first.

    Raises
    ------
    ConfigError
        A source or a mirror that is none.
    """
    known = mirrored(plan.data.mirrors, f"{plan.path.name} [data.mirrors]")
    if mirrors:
        known |= {k: v for k, v in mirrored(mirrors, "--mirror").items() if k in mirrors}
    shape = county_boundary_ll(plan)
    point = shape.representative_point()
    out = []
    for source, layers in _chosen(plan, known, asked):
        for piece in pieces_of(
            source, shape.bounds, (point.x, point.y), plan.area.country, plan.area.code
        ):
            mine = tuple(i for i in piece.layers if i in layers)
            if mine or _feeds_section(plan, source):
                out.append(Wanted(piece, mine))
    return out


def fetch_open_data(
    plan: Plan,
    progress: Progress,
    *,
    asked: Sequence[str] = (),
    mirrors: Mapping[str, str] | None = None,
    stick: Path | None = None,
    remark: str = "",
) -> OpenData:
    """Bring open data for what the plan lacks, and write it into the plan.

    Parameters
    ----------
    plan : Plan
        A loaded plan. Layers it has, or declares absent, are not touched.
    progress : callable
        Told file, pieces done and pieces in all.
    asked, mirrors
        See `wanted_data`.
    stick : Path, optional
        A folder with the files (`wanted_data` names them); the network is not used then.
    remark : str
        Comment above what is written into the plan.

    Returns
    -------
    OpenData
        Its `faults` say what could not be had; the rest has come and stands in the plan.

    Raises
    ------
    ConfigError
        A source, mirror or folder that is none; another fetch for the county at work.

    Notes
    -----
    Four files come at a time, no more of one host than its source allows. What is there with
    the checksum of the record is not asked for again; a call that was broken off is gone on
    with by the next.
    """
    wanted = wanted_data(plan, asked, mirrors)
    folder = data_folder(plan)
    if stick is not None and not given_file(stick).is_dir():
        raise ConfigError(say("layers.fetch.no_stick"), where="--from-folder", got=str(stick))
    with alone(folder, plan.plan.id):
        ways = Ways(folder, Record(folder), progress, stick, _sums(stick))
        for item in wanted:
            source = item.piece.source
            ways.manners.setdefault(source.id, Manners(source.at_once, source.gap_s))
        came = list(zip(wanted, _bring_all(wanted, ways), strict=True))
        found = _Found(plan, datetime.now(UTC).date())
        for source, layer_id in _asked_layers(wanted):
            _land(found, source, layer_id, _of(came, source, layer_id), ways.record)
        changed, kept = found.write(remark)
    below = folder.relative_to(plan.data_root).as_posix()
    return OpenData(
        layers=found.taken,
        files={f"{below}/{k}": str(v["sha256"]) for k, v in ways.record.rows().items()},
        bytes_brought=ways.brought,
        notes=tuple(found.notes),
        faults=tuple(found.faults),
        plan=changed,
        kept=kept,
    )


Came = tuple[Wanted, "Path | Sentence | DataError"]


def _sums(stick: Path | None) -> dict[str, str]:
    """Checksums a stick carries in ``SHA256SUMS``, as sha256sum writes it."""
    file = None if stick is None else stick / "SHA256SUMS"
    if file is None or not file.is_file():
        return {}
    rows = (_SUM.fullmatch(r.strip()) for r in file.read_text(encoding="utf-8").splitlines())
    return {PurePosixPath(r[2]).name: r[1] for r in rows if r}


def _bring_all(wanted: Sequence[Wanted], ways: Ways) -> list[Path | Sentence | DataError]:
    """Every piece, or what is said of it; in the order asked for."""
    done = 0
    lock = threading.Lock()

    def one(item: Wanted) -> Path | Sentence | DataError:
        nonlocal done
        try:
            return bring_piece(item.piece, ways)
        except DataError as err:
            return err
        except (OSError, ValueError) as err:  # the disk, or an address that is none
            return not_brought(item.piece.url, err, item.piece.name)
        finally:
            with lock:
                done += 1
                ways.progress(item.piece.name, done, len(wanted))

    with ThreadPoolExecutor(_WORKERS) as pool:
        try:
            return list(pool.map(one, wanted))
        except BaseException:  # Ctrl-C: what waits is not begun, what came is kept
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _asked_layers(wanted: Sequence[Wanted]) -> list[tuple[Source, str]]:
    out: dict[tuple[str, str], Source] = {}
    for item in wanted:
        for layer_id in item.layers or item.piece.layers:
            out.setdefault((item.piece.source.id, layer_id), item.piece.source)
    return [(source, layer_id) for (_, layer_id), source in out.items()]


def _of(came: Sequence[Came], source: Source, layer_id: str) -> list[Came]:
    return [c for c in came if c[0].piece.source is source and layer_id in c[0].piece.layers]


class _Found:
    """What a plan gains, gathered layer by layer."""

    def __init__(self, plan: Plan, day: date) -> None:
        self.plan, self.day = plan, day
        self.layers: dict[str, dict[str, object]] = {}
        self.sections: dict[str, dict[str, object]] = {}
        self.taken: dict[str, str] = {}
        self.notes: list[Sentence] = []
        self.faults: list[Fault] = []

    def add(self, source: Source, layer_id: str, files: Sequence[Path], *, layer: bool) -> None:
        paths = [f.relative_to(self.plan.data_root).as_posix() for f in files]
        table = layer_table(source, paths, self.day)
        if layer:
            self.taken[layer_id] = source.id
            given = self.plan.layers.get(layer_id)
            if given is None or [given.path, *given.tiles] != paths:
                self.layers[layer_id] = table
        if _feeds_section(self.plan, source):
            given = getattr(self.plan.sections[source.section], "weather", None)
            if given is None or given.path != paths[0]:
                self.sections[source.section] = {
                    k: table[k] for k in ("path", "source", "licence")
                }

    def write(self, remark: str) -> tuple[Path | None, Path | None]:
        if not (self.layers or self.sections):
            return None, None
        return plan_with(self.plan, self.layers, self.sections, remark)


def _land(
    found: _Found, source: Source, layer_id: str, came: Sequence[Came], record: Record
) -> None:
    """Make a layer of what came, or say why there is none."""
    files = [(w.piece, r) for w, r in came if isinstance(r, Path)]
    broken = [f for _, r in came if isinstance(r, DataError) for f in r.faults]
    known = set(found.faults)
    found.faults += [f for f in broken if f not in known]
    if broken:
        return  # half of a layer is not a layer
    found.notes += [r for _, r in came if isinstance(r, Sentence)]
    if not files:
        found.faults.append(
            Fault(say("layers.fetch.nothing_came", title=source.title), where=layer_id)
        )
        return
    try:
        made = landed(found.plan, source, layer_id, files, record)
    except DataError as err:
        record.forget(file for _, file in files)  # the next call asks again
        found.faults += err.faults
        return
    if not made:
        found.notes.append(
            say("layers.fetch.none_here", title=source.title, layer=layer_of(layer_id).title)
        )
        return
    found.add(source, layer_id, made, layer=any(layer_id in w.layers for w, _ in came))
