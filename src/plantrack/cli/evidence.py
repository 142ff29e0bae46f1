"""Commands of evidence: seal, replay, verify, checkpoint, backup, upgrade."""

from __future__ import annotations

import os

import click

from plantrack.audit import verify_file
from plantrack.cli.options import actor_option, format_option, one_plan, plan_option, tracker_of
from plantrack.cli.printing import print_json, print_lines, print_text, write_whole
from plantrack.cli.program import DEFAULT_DB, main
from plantrack.errors import EvidenceError, UnknownPlanError
from plantrack.events.assurance import MeetingSealed
from plantrack.note import MAX_NOTE_BYTES, Checkpoint, open_note, sign
from plantrack.reports import check_report
from plantrack.reports.evidence import bundle_json, bundle_report, seal_report, verification_json, verification_report
from plantrack.reports.lines import Line
from plantrack.reports.names import named
from plantrack.signing import MAX_KEY_BYTES, Signer, Verifier
from plantrack.store import remarks
from plantrack.store import upgrade as bring_up_to_date
from plantrack.verification import HeldHead

_NOTE = click.Path(exists=True, dir_okay=False)

# --- meetings --------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("meeting", metavar="MEETING")
@click.option("--adopt-installed", is_flag=True, help="Adopt the installed packs, where the plan is held to none.")
@actor_option("Who seals")
@click.option("--reason", help="Why.")
@plan_option
@click.pass_context
def seal(
    ctx: click.Context, meeting: str, adopt_installed: bool, actor: str | None, reason: str | None, plan: str | None
) -> None:
    """Settle what a meeting is shown.

    What is known now (after the day of the meeting: what was known at the end of it), by which rules, with which
    findings. What is recorded later waits for the next meeting; `replay` prints this one again for ever.
    """
    with tracker_of(ctx) as tracker:
        log = one_plan(tracker, plan)
        recorded = log.seal(meeting, adopt_installed=adopt_installed, actor=actor, reason=reason)
        if not recorded:
            click.echo(f"{log.id}: {meeting} is sealed already; nothing was recorded", err=True)
            return
        *adopted, last = named(recorded, tracker.names())
        zone = log.opened.time_zone
    assert isinstance(last.data, MeetingSealed)
    if adopted:
        click.echo(f"{log.id}: {len(adopted)} installed packs adopted as of {last.data.as_at}", err=True)
    print_lines(seal_report(last, last.data, zone))


@main.command()
@click.argument("meeting", metavar="MEETING")
@plan_option
@format_option()
@click.option("--full", is_flag=True, help="Print every finding, not the first of each rule.")
@click.pass_context
def replay(ctx: click.Context, meeting: str, plan: str | None, form: str, full: bool) -> None:
    """Print again what a sealed meeting was shown.

    Whatever was recorded and installed since.

    As JSON it is what was sealed, to the byte: its SHA-256 stands in the seal. Exit status 2 where it is not.
    """
    with tracker_of(ctx) as tracker:
        log = one_plan(tracker, plan)
        found = log.replay(meeting)
        zone = log.opened.time_zone
        result, event = (
            (found.result, found.event) if form == "json" else named((found.result, found.event), tracker.names())
        )
    if form == "json":
        print_text(found.document, end="")
    else:
        print_lines(check_report(result, full=full, zone=zone))
        print_lines([Line(), *seal_report(event, found.seal, zone)])
    if not found.agrees:
        raise EvidenceError(
            f"{log.id}: the findings of {meeting} are not those that were sealed in #{found.event.position}; `plantrack"
            " verify` says whether the log was changed, and if not, this version of plantrack judges otherwise"
        )


# --- the log ---------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("bundle", required=False, type=click.Path(exists=True, dir_okay=False), metavar="[BUNDLE]")
@plan_option
@click.option(
    "--checkpoint", "notes", multiple=True, type=_NOTE, metavar="FILE",
    help="A checkpoint that somebody kept; needs --key.",
)  # fmt: skip
@click.option("--key", "keys", multiple=True, metavar="KEY", help="The public key of who signed it, or a file with it.")
@format_option()
@click.pass_context
def verify(
    ctx: click.Context, bundle: str | None, plan: str | None, notes: tuple[str, ...], keys: tuple[str, ...], form: str
) -> None:
    """Whether the log is as it was recorded.

    And whether it is the one of which somebody holds a checkpoint.

    BUNDLE is a file that `prove` wrote: it is verified without the store.

    Every event is held against its hash, all of them against the head of the log, that against the seals of meetings,
    the anchor and the checkpoints. Exit status 2 where anything is broken. Two things no log can show by itself: that
    events at its end were cut off after the last head that somebody holds, and that a time was false when it was
    written.
    """
    if keys and not notes and bundle is None:
        raise click.UsageError("--key says who signed a checkpoint: give the one that was kept, with --checkpoint")
    verifiers = [_verifier(key) for key in keys]
    opened = [_opened(name, verifiers) for name in notes]
    held = [HeldHead(name, c.size, c.root, c.origin, by) for name, (c, by) in zip(notes, opened, strict=True)]
    if bundle is not None:
        report = verify_file(bundle, verifiers, [checkpoint for checkpoint, _ in opened])
        if form == "json":
            print_json(bundle_json(report, held))
        else:
            print_lines(bundle_report(report, held))
        ctx.exit(0 if report.verified else 2)
    with tracker_of(ctx, check_heads=False) as tracker:
        found = tracker.verify(plan, held)
        told = remarks(tracker.path)
    if not found:
        raise UnknownPlanError("the store holds no plan: there is nothing to verify")
    if form == "json":
        print_json([verification_json(one) for one in found])
    else:
        for one in found:
            print_lines(verification_report(one))
    for remark in told:
        click.echo(f"plantrack: {remark}", err=True)
    if not all(one.intact for one in found):
        ctx.exit(2)


def _opened(path: str, verifiers: list[Verifier]) -> tuple[Checkpoint, tuple[str, ...]]:
    """The checkpoint in a file, once its signature is verified, and who signed it."""
    if not verifiers:
        raise EvidenceError(f"{path}: whose signature? give the public key with --key, or a file that holds it")
    try:
        note = open_note(_read(path, MAX_NOTE_BYTES), verifiers)
        checkpoint = Checkpoint.parse(note.text)
    except EvidenceError as problem:
        raise EvidenceError(f"{path}: {problem}") from None
    return checkpoint, tuple(signer.identity for signer in note.signed_by)


def _unopened(path: str) -> tuple[str, int]:
    """A note in a file that is handed on as it is, and how many events it is over."""
    try:
        text = _read(path, MAX_NOTE_BYTES).decode()
        return text, Checkpoint.parse(text.rpartition("\n\n")[0] + "\n").size
    except UnicodeDecodeError:
        raise EvidenceError(f"{path}: not a note: it is not text in UTF-8") from None
    except EvidenceError as problem:
        raise EvidenceError(f"{path}: {problem}") from None


def _read(path: str, most: int) -> bytes:
    """The content of a small file; of a larger one a byte too much, and no more."""
    with open(path, "rb") as file:
        return file.read(most + 1)


def _verifier(key: str) -> Verifier:
    """A public key, as text or in a file."""
    if "+" not in key or os.path.exists(key):
        try:
            return Verifier.parse(_read(key, MAX_KEY_BYTES).decode().strip())
        except (OSError, UnicodeDecodeError):
            raise EvidenceError(
                f"--key {key!r:.100}: neither a public key, NAME+HASH+KEY, nor a file with one"
            ) from None
        except EvidenceError as problem:
            raise EvidenceError(f"{key}: {problem}") from None
    return Verifier.parse(key)


@main.command()
@plan_option
@click.option("--key", "path", required=True, metavar="FILE", help="The private key; best on another disk.")
@click.option("--new-key", "name", metavar="NAME", help="Make the key first, under a name such as example.org/board.")
@click.option("--at", "meeting", metavar="MEETING", help="As the log was sealed for a meeting; as it is by default.")
@click.pass_context
def checkpoint(ctx: click.Context, plan: str | None, path: str, name: str | None, meeting: str | None) -> None:
    """Sign the head of the log, for others to keep.

    Whoever keeps what this prints can show later that nothing before it was changed. The key stays with whoever keeps
    the record; the public key goes to whoever verifies, and lies beside it as FILE.pub.
    """
    with tracker_of(ctx) as tracker:
        log = one_plan(tracker, plan)
        head = log.checkpoint(at=meeting)
    if name is not None:
        _make_key(name, path)
    signer = Signer.read(path)
    print_text(sign(head.text, signer), end="")


def _make_key(name: str, path: str) -> None:
    """A private key, with the public one beside it."""
    public, signer = f"{path}.pub", Signer.new(name)
    if os.path.lexists(public):
        raise EvidenceError(f"{public} exists, and the public key would go there; choose another name")
    signer.write(path)
    write_whole(public, [f"{signer.verifier}\n".encode()])
    click.echo(f"made the key {path}, and for those who verify its public key, {public}:\n{signer.verifier}", err=True)


@main.command()
@click.argument("references", nargs=-1, metavar="[SUBJECT|#POSITION]...")
@click.option("--from", "since", metavar="DATE", help="Only what became true on that day or later.")
@click.option("--until", metavar="DATE", help="Only what became true on that day or before.")
@click.option("--key", "path", metavar="FILE", help="Sign the head of the log with this private key.")
@click.option("--checkpoint", "note", type=_NOTE, metavar="FILE", help="Put this one in.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False), metavar="FILE", help="Into a file; to stdout by default."
)
@click.option("--force", is_flag=True, help="Overwrite the file.")
@plan_option
@click.pass_context
def prove(
    ctx: click.Context,
    references: tuple[str, ...],
    since: str | None,
    until: str | None,
    path: str | None,
    note: str | None,
    output: str | None,
    force: bool,
    plan: str | None,
) -> None:
    """Write an audit bundle: some events, and what proves them.

    Without a reference every event is given. Of those left out there is only a hash: `verify BUNDLE` counts them, and
    proves that none was changed. It needs the bundle and the public key, no store. Names of persons stay encrypted.
    """
    if path is not None and note is not None:
        raise click.UsageError("--key signs the log as it is, --checkpoint puts in a signature that was made: give one")
    with tracker_of(ctx) as tracker:
        log = one_plan(tracker, plan)
        size, signed = None, None
        if path is not None:
            head = log.checkpoint()
            size, signed = head.size, sign(head.text, Signer.read(path))
        elif note is not None:
            signed, size = _unopened(note)
        lines = log.prove(*references, since=since, until=until, checkpoint=signed, size=size)
        if output is None:
            for line in lines:
                print_text(line, end="")
        else:
            tracker.refuse_own(output)
            write_whole(output, (line.encode() for line in lines), overwrite=force)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--with-keys", is_flag=True, help="Copy the keys of natural persons too, to FILE.keys.")
@click.pass_context
def backup(ctx: click.Context, file: str, with_keys: bool) -> None:
    """Copy the store to FILE, also while others write.

    Never copy the file itself while it is in use: the last events may still stand in the file beside it. The names of
    natural persons cannot be read from the copy without the keys. A copy of the keys keeps a name readable after it was
    erased here: keep it apart, and erase there too.
    """
    with tracker_of(ctx) as tracker:
        tracker.backup(file, with_keys=with_keys)
        plans = tracker.plans()
        left_out = not with_keys and bool(tracker.people())
    click.echo(f"copied {', '.join(plans) or 'an empty store'} to {file}", err=True)
    if left_out:
        click.echo("the keys of natural persons are not in it: --with-keys copies them, to be kept apart", err=True)


@main.command()
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring a store of an older format up to date.

    A copy of it, as it was, is made beside it first.
    """
    path = ctx.obj or DEFAULT_DB
    done = bring_up_to_date(path)
    if done is None:
        click.echo(f"{path} is up to date", err=True)
        return
    before, copy = done
    click.echo(f"{path} had format {before} and is up to date now; as it was, it lies in {copy}", err=True)
