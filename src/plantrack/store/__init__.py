"""The store: events of many plans in one SQLite file, with the evidence that nobody touched them.

Only here are ``eventsourcing`` and ``sqlite3`` touched, and nothing else leaves it than :class:`StoreError`.
"""

from plantrack.store.anchor import Head as Head
from plantrack.store.format import APPLICATION_ID as APPLICATION_ID
from plantrack.store.format import FORMAT as FORMAT
from plantrack.store.recorder import LogHead as LogHead
from plantrack.store.recorder import Row as Row
from plantrack.store.recorder import origin_of as origin_of
from plantrack.store.streams import Store as Store
from plantrack.store.surroundings import remarks as remarks
from plantrack.store.upgrade import upgrade as upgrade
