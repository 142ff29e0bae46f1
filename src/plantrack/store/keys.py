"""The keys of natural persons, in a file of its own beside the store: whoever has only one of the two reads no name.

It is never in write-ahead mode, and SQLite overwrites what it frees, so that a key that was erased is nowhere left. No
name stands in it: a person is found by a keyed hash of the name.
"""

from __future__ import annotations

import hmac
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from threading import RLock

from plantrack.errors import PersonalDataError, StoreDamagedError, StoreError, StoreFormatError
from plantrack.events.person import Person, is_token, likeness, new_token
from plantrack.privacy import KEY_BYTES, new_key
from plantrack.store.connections import TIMEOUT_SECONDS, translated

KEYS_ID = 0x504C544B  # "PLTK"
_TABLES = {
    "persons": (
        "CREATE TABLE persons ("
        "token TEXT PRIMARY KEY NOT NULL, "
        "key BLOB, "  # nothing while the person is being erased
        "likeness BLOB UNIQUE NOT NULL) WITHOUT ROWID"  # keyed hash of the name
    ),
    "lookup": "CREATE TABLE lookup (key BLOB NOT NULL)",
}
_SETTINGS = ("trusted_schema=OFF", "secure_delete=ON", "synchronous=EXTRA", "temp_store=MEMORY")


class Keys:
    """One key a person, by token.

    :param path: a file, made when the first person is recorded; ``None`` for keys in memory.
    """

    def __init__(self, path: str | None) -> None:
        self.path = path
        self._held: sqlite3.Connection | None = None
        self._lock = RLock()

    def close(self) -> None:
        """Forget keys in memory; those in a file stay there."""
        with self._lock:
            if self._held is not None:
                self._held.close()
                self._held = None

    @property
    def is_readable(self) -> bool:
        """Whether this user may read them: the store may be for more people than its keys."""
        return self.path is None or os.access(self.path, os.R_OK)

    def of(self, person: Person) -> tuple[str, bytes]:
        """The token and key of a person; made where there are none.

        :raises PersonalDataError: the person is being erased.
        :raises StoreError: the file cannot be written.
        """
        with self._writing() as connection:
            hashed = _hashed(connection, person)
            found = connection.execute("SELECT token, key FROM persons WHERE likeness=?", (hashed,)).fetchone()
            if found is None:
                found = new_token(), new_key()
                connection.execute("INSERT INTO persons VALUES (?,?,?)", (*found, hashed))
        token, key = found
        if key is None:
            raise PersonalDataError(f"this person is being erased; finish that first: `plantrack erase {token}`")
        if not (isinstance(token, str) and is_token(token) and _is_key(key)):
            raise _damaged(self._name)
        return token, key

    def token_of(self, person: Person) -> str | None:
        """The token of a person who has one; nothing is made."""
        with self._reading() as connection:
            if connection is None:
                return None
            sql = "SELECT token FROM persons WHERE likeness=?"
            for row in connection.execute(sql, (_hashed(connection, person),)):
                return str(row[0])
        return None

    def all(self) -> dict[str, bytes | None]:
        """Every key, by token; ``None`` for somebody who is being erased."""
        with self._reading() as connection:
            rows = [] if connection is None else connection.execute("SELECT token, key FROM persons").fetchall()
        return dict(rows)

    def destroy(self, token: str) -> None:
        """Overwrite a key; the token can still be found by the name until it is forgotten."""
        self._change("UPDATE persons SET key=NULL WHERE token=?", token)

    def forget(self, token: str) -> None:
        """Overwrite all that there is of a person, the hash of the name too."""
        self._change("DELETE FROM persons WHERE token=?", token)

    def backup(self, path: str) -> None:
        """Copy the keys to a file that does not exist yet; nothing where nobody was recorded.

        :raises StoreError: there is a file of that name, or it could not be written; half a copy is removed.
        """
        with self._reading() as connection:
            if connection is None:
                return
            try:
                _make(path)
            except FileExistsError:
                raise StoreError(f"{path} exists already; a backup never overwrites, so name another file") from None
            try:
                with translated(path), closing(_connected(path)) as copy:
                    connection.backup(copy)
            except BaseException:
                with suppress(OSError):
                    os.remove(path)
                raise

    def _change(self, sql: str, token: str) -> None:
        if not self._exists():
            return
        with self._writing() as connection:
            connection.execute(sql, (token,))
        with self._opened() as connection:
            connection.execute("VACUUM")  # into pages that never held the key

    def _exists(self) -> bool:
        return self._held is not None or (self.path is not None and os.path.exists(self.path))

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        if not self._exists():
            yield None
            return
        with self._opened() as connection:
            yield connection if _is_made(connection, self._name) else None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        if self.path is not None:
            with suppress(FileExistsError):
                _make(self.path)
        with self._opened() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                if not _is_made(connection, self._name):
                    for statement in _TABLES.values():
                        connection.execute(statement)
                    connection.execute("INSERT INTO lookup VALUES (?)", (new_key(),))
                    connection.execute(f"PRAGMA application_id={KEYS_ID}")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Opened for each use: it is small and rarely used, and nothing of it stays in the memory of a long process."""
        with self._lock, translated(self._name):
            if self.path is not None:
                with closing(_connected(self.path)) as connection:
                    yield connection
                return
            if self._held is None:
                self._held = _connected(":memory:")
            yield self._held

    @property
    def _name(self) -> str:
        return self.path or "the keys in memory"


def _make(path: str) -> None:
    """An empty file that nobody else may read, before SQLite would make one.

    :raises FileExistsError: there is one.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise
    except OSError as problem:
        raise StoreError(f"{path} cannot be made: {problem.strerror}") from None


def _connected(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
    for setting in _SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    if path != ":memory:":  # another program may have set it, and a write-ahead log keeps what is overwritten
        connection.execute("PRAGMA journal_mode=DELETE")
    return connection


def _is_made(connection: sqlite3.Connection, path: str) -> bool:
    """Whether the tables are there; not in an empty file.

    :raises StoreFormatError: it holds something else.
    """
    [(mark,)] = connection.execute("PRAGMA application_id")
    found = dict(connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"))
    if (mark, found) == (0, {}):
        return False
    if (mark, found) != (KEYS_ID, _TABLES):
        raise StoreFormatError(f"{path} is a file of another kind, not the keys of a store; move it away")
    return True


def _hashed(connection: sqlite3.Connection, person: Person) -> bytes:
    held = [key for (key,) in connection.execute("SELECT key FROM lookup LIMIT 2")]
    if len(held) != 1 or not _is_key(held[0]):
        [(_, _, path)] = connection.execute("PRAGMA database_list")
        raise _damaged(path)
    return hmac.digest(held[0], likeness(person).encode(), "sha256")


def _is_key(value: object) -> bool:
    """Whether a column holds a key: SQLite keeps a value of any type in any of them."""
    return isinstance(value, bytes) and len(value) == KEY_BYTES


def _damaged(path: str) -> StoreDamagedError:
    return StoreDamagedError(f"{path} is damaged: it holds no key where one should be; restore it from a copy")
